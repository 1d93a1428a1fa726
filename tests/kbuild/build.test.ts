// kpi build: the reference drivers, bad input, and that the result depends on nothing but the sources.
import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { KpiError } from "../../host/error.ts";
import { ModInfo } from "../../host/loader/modinfo.ts";
import { readObject } from "../../host/loader/object.ts";
import { buildModules } from "../../tools/kbuild/build.ts";
import { exportedNames } from "../../host/loader/exports.ts";
import { undefinedNames } from "../../tools/kbuild/modinfo.ts";
import { linuxTree } from "../../tools/setup/paths.mjs";

const drivers = ["drivers/net/mii.c", "drivers/net/ethernet/realtek/8139cp.c"];

function folder(context: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "kpi-test-"));
  context.after(() => rmSync(path, { recursive: true }));
  return path;
}

/** Runs work with an empty cache, so that everything is compiled. */
async function withFreshCache<T>(context: TestContext, work: () => Promise<T>): Promise<T> {
  const { KPI_CACHE, KPI_LINUX } = process.env;
  // The tree in use may be in the cache that is not looked at now.
  Object.assign(process.env, { KPI_LINUX: linuxTree(), KPI_CACHE: folder(context) });
  try {
    return await work();
  } finally {
    for (const [name, value] of Object.entries({ KPI_CACHE, KPI_LINUX })) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

const load = (file: string) => readObject(readFileSync(file));

test("8139cp and mii: information, dependencies, aliases", async (context) => {
  const out = folder(context);
  const { modules, stamp, release } = await buildModules({ sources: drivers, out });
  assert.deepEqual(
    modules.map(({ name, depends }) => [name, depends]),
    [
      ["mii", []],
      ["8139cp", ["mii"]],
    ],
  );
  const object = load(join(out, "8139cp.ko"));
  const info = ModInfo.of(object);
  assert.equal(info.get("license"), "GPL");
  assert.equal(info.get("name"), "8139cp");
  assert.equal(info.get("intree"), "Y");
  assert.equal(info.get("vermagic"), `${release} SMP mod_unload wasm32 `);
  assert.equal(info.get("kpi_abi"), stamp);
  assert.deepEqual(info.all("alias"), ["pci:v000010ECd00008139sv*sd*bc*sc*i*", "pci:v00000357d0000000Asv*sd*bc*sc*i*"]);
  assert.ok(exportedNames(load(join(out, "mii.ko"))).includes("mii_check_media"));
  const wanted = undefinedNames(object);
  // Out of line, and no code address or patched code.
  for (const name of ["_raw_spin_unlock_irqrestore", "__raw_readl", "__pci_register_driver"]) {
    assert.ok(wanted.includes(name), name);
  }
  assert.equal(wanted.includes("__this_module"), false);
});

test("a second build compiles nothing and gives the same", async (context) => {
  const out = folder(context);
  await buildModules({ sources: drivers, out });
  const before = readFileSync(join(out, "8139cp.ko"));
  const compiled: string[] = [];
  const compiling = (file: string) => compiled.push(file);
  const { modules } = await buildModules({ sources: drivers, out, events: { compiling } });
  assert.deepEqual(compiled, []);
  assert.ok(modules.every(({ cached }) => cached));
  assert.ok(before.equals(readFileSync(join(out, "8139cp.ko"))));
});

test("builds in different folders, with different caches, are the same to the byte", async (context) => {
  const source = `#include <linux/module.h>
    static int __init probe_init(void) { WARN_ON(1); pr_info("%s\\n", __FILE__); return 0; }
    module_init(probe_init);
    MODULE_LICENSE("GPL");`;
  const build = async (name: string) => {
    const home = join(folder(context), name);
    mkdirSync(home);
    writeFileSync(join(home, "probe.c"), source);
    await withFreshCache(context, () => buildModules({ sources: [join(home, "probe.c")], out: home }));
    return readFileSync(join(home, "probe.ko"));
  };
  const [one, two] = [await build("a"), await build("another-place")];
  assert.ok(one.equals(two));
  for (const path of [tmpdir(), linuxTree(), import.meta.dirname]) assert.equal(one.includes(`${path}/`), false, path);
});

test("a folder with a Makefile: configured modules, one by name, composite ones", async (context) => {
  const home = folder(context);
  for (const name of ["one", "two_a", "two_b", "off"]) {
    const declaration = `int ${name}(void)`;
    const text = `#include <linux/module.h>\n${declaration};\n${declaration} { return 1; }\nMODULE_LICENSE("GPL");\n`;
    writeFileSync(join(home, `${name}.c`), text);
  }
  const makefile = "obj-m += one.o two.o\ntwo-y := two_a.o two_b.o\nobj-$(CONFIG_NOT_THERE) += off.o\n";
  writeFileSync(join(home, "Makefile"), makefile);
  const out = join(home, "out");
  const names = async (modules?: string[]) =>
    (await buildModules({ sources: [home], out, ...(modules && { modules }) })).modules.map(({ name }) => name);
  assert.deepEqual(await names(), ["one", "two"]);
  assert.deepEqual(await names(["off"]), ["off"]);
  const two = load(join(out, "two.ko"))
    .symbols.filter((symbol) => !symbol.undefined)
    .map(({ name }) => name);
  assert.ok(two.includes("two_a") && two.includes("two_b"));
  await assert.rejects(names(["three"]), /has no module three; it has off one two/);
});

test("a module depends on one that an earlier build left in the output folder", async (context) => {
  const out = folder(context);
  await buildModules({ sources: [drivers[0]!], out });
  const { modules } = await buildModules({ sources: [drivers[1]!], out });
  assert.deepEqual(modules[0]!.depends, ["mii"]);
});

test("one clear error for bad input", async (context) => {
  const home = folder(context);
  const refuses = (path: string, message: RegExp) =>
    assert.rejects(buildModules({ sources: [path], out: join(home, "out") }), (error: Error) => {
      assert.ok(error instanceof KpiError && error.exitCode === 1);
      assert.match(error.message, message);
      return true;
    });
  writeFileSync(join(home, "broken.c"), "int f(void) { return nonsense; }\n");
  const diagnosis = /broken\.c:1:22: error: use of undeclared identifier 'nonsense'[^]*broken\.c does not compile$/;
  await refuses(join(home, "broken.c"), diagnosis);
  await refuses(join(home, "absent.c"), /absent\.c: no such file or folder/);
  writeFileSync(join(home, "text.txt"), "");
  await refuses(join(home, "text.txt"), /text\.txt: not a C file/);
  await refuses(home, /has no Kbuild Makefile/);
  await assert.rejects(buildModules({ sources: drivers, out: home, tree: home }), /not a Linux source tree/);
});

test("callbacks of another type are an error: calling one would trap", async (context) => {
  const home = folder(context);
  cpSync(join(import.meta.dirname, "wrong-callback.c"), join(home, "wrong.c"));
  const build = buildModules({ sources: [join(home, "wrong.c")], out: home });
  await assert.rejects(build, /incompatible function pointer types/);
});
