// Drivers that use nothing of the kernel but functions among the 67 that linuxkpi began with, in C and in TypeScript.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Board, buildModules } from "linuxkpi";
import { readModule } from "../host/loader/read-module.ts";
import { wantedNames } from "../host/loader/symbols.ts";
import { SURFACE } from "../tests/symbols/surface.ts";
import { committedAbi, placeOf } from "../tools/kbuild/typescript/library.ts";

const out = mkdtempSync(join(tmpdir(), "kpi-echo-"));
after(() => rmSync(out, { recursive: true, force: true }));

const modules = new Map<string, string>();
for (const name of ["echo.c", "typescript/echo.ts"]) {
  const [module] = await buildModules(join(import.meta.dirname, name), { out: join(out, name) });
  modules.set(name, module!.file);
}

for (const [name, file] of modules) {
  test(`${name}: all that it imports are among the 67 names`, () => {
    const wanted = wantedNames(readModule(file)).map((entry) => entry.name);
    assert.ok(wanted.length >= 6);
    assert.deepEqual(
      wanted.filter((symbol) => !SURFACE.includes(symbol)),
      [],
    );
  });

  test(`${name}: its interface answers pings to any address, comes, goes, and leaves nothing behind`, async () => {
    await using board = await Board.boot({ devices: [] });
    for (let round = 0; round < 3; round++) {
      await board.insmod(file);
      const eth0 = board.netdev("eth0");
      await eth0.up();
      for (const address of ["10.0.2.99", "10.0.2.1"]) {
        assert.equal((await eth0.ping(address, { count: 3 })).received, 3);
      }
      // Two ARP requests, six pings.
      assert.equal((await eth0.stats()).tx_packets, 8);
      await board.rmmod("echo");
      assert.match(board.log.at(-1)!.text, /^echo: 8 frames came back$/);
    }
  });
}

test("echo.c knows where the fields are", () => {
  const abi = committedAbi();
  const text = readFileSync(join(import.meta.dirname, "echo.c"), "utf8");
  const places = [...text.matchAll(/^\t((?:offset|size)of_\w+) = (\d+),$/gm)];
  assert.equal(places.length, 12);
  for (const [, name, place] of places) assert.equal(Number(place), placeOf(abi, name!), name);
});
