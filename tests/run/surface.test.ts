// The 67 names: a C driver uses each against the kernel's headers, and a driver in TypeScript without them, which imports
// nothing else. Both report a KTAP line a name.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { FLAVOURS } from "../../host/flavour.ts";
import { readModule } from "../../host/loader/read-module.ts";
import { LINKER_NAMES, wantedNames } from "../../host/loader/symbols.ts";
import { buildModules } from "../../tools/kbuild/build.ts";
import { repoRoot } from "../../tools/setup/paths.mjs";
import { SURFACE } from "../symbols/surface.ts";
import { boot, moduleFile, untimed } from "./harness.ts";

await buildModules({
  sources: [join(repoRoot, "tests/fixtures/surface_bare.ts")],
  out: join(moduleFile("surface_bare"), ".."),
});

/** The lines of a log that report, without their numbers, and what else they say. */
function reported(lines: string[]): string[] {
  return lines.map(untimed).filter((line) => /^(not )?ok \d+ |^# /.test(line));
}

/** Every name is ok, once, and numbered. */
function assertAllOk(lines: string[]): void {
  const results = reported(lines);
  results.forEach((line, i) => assert.match(line, new RegExp(`^ok ${i + 1} \\w+$`)));
  assert.deepEqual(results.map((line) => line.split(" ")[2]).sort(), [...SURFACE].sort());
}

for (const flavour of FLAVOURS) {
  test(`C against the kernel's headers (${flavour})`, async () => {
    const { system, run, lines } = await boot(["rtl8139"], flavour);
    await run("insmod surface");
    assertAllOk(lines);
    const text = lines.map(untimed).join("\n");
    for (const said of ["printk 1", "0xff"]) assert.match(text, new RegExp(`^surface: ${said}$`, "m"));
    for (const said of ["error 1", "warning 2", "information 3", "debug 4"]) {
      assert.match((await run("dmesg")).join("\n"), new RegExp(` surface 0000:00:03.0: ${said}$`, "m"));
    }
    await run("rmmod surface");
    await system.shutdown();
  });

  test(`TypeScript without them (${flavour})`, async () => {
    const { system, run, lines } = await boot(["rtl8139"], flavour);
    await run("insmod surface_bare");
    await run("ip link set eth0 up");
    await assert.rejects(run("ping -c 1 -W 1 10.0.2.9"), /0 of 1 answers/);
    await run("rmmod surface_bare");
    assertAllOk(lines);
    const text = lines.map(untimed).join("\n");
    for (const said of ["error 1", "warning 2", "wide 123456789 text"]) {
      assert.match(text, new RegExp(`^surface_bare 0000:00:03.0: ${said}$`, "m"));
    }
    await system.shutdown();
  });
}

test("the driver in TypeScript imports the 67 names, and the queue that queue_work() wants", () => {
  const names = wantedNames(readModule(moduleFile("surface_bare"))).map(({ name }) => name);
  const wanted = [...new Set(names)].filter((name) => !LINKER_NAMES.has(name));
  assert.deepEqual(wanted.sort(), [...SURFACE, "system_wq"].sort());
});
