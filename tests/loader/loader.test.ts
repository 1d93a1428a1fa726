// insmod, modprobe and rmmod: order, refusals and what they leave behind. init and exit belong to the core and are made
// up.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { KpiError } from "../../host/error.ts";
import { ModuleLoader } from "../../host/loader/loader.ts";
import { ModuleStore } from "../../host/loader/store.ts";
import { TaskKilled } from "../../host/machine/faults.ts";
import { fakeMachine, STAMP, type FakeMachine } from "./fake-machine.ts";
import { I32, ObjectBuilder, VERMAGIC } from "./object-builder.ts";

function bytesOf(
  name: string,
  build: (builder: ObjectBuilder) => void = () => {},
  info: Record<string, string> = {},
): Uint8Array {
  const builder = new ObjectBuilder();
  build(builder);
  builder.module(name, { kpi_abi: STAMP, ...info });
  return builder.build();
}

const exporting =
  (name: string) =>
  (builder: ObjectBuilder): void =>
    void builder.export(name, builder.func(name, [I32], [I32], [0x20, 0]));
const wanting =
  (...names: string[]) =>
  (builder: ObjectBuilder): void =>
    names.forEach((name) => builder.importFunction(name, [I32], [I32]));

/** A loader, over a folder with these modules. */
function loader(
  t: TestContext,
  modules: Record<string, Uint8Array> = {},
): { machine: FakeMachine; loader: ModuleLoader; folder: string } {
  const folder = mkdtempSync(join(tmpdir(), "kpi-loader-"));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [name, bytes] of Object.entries(modules)) writeFileSync(join(folder, `${name}.ko`), bytes);
  const machine = fakeMachine();
  return { machine, loader: new ModuleLoader(machine, new ModuleStore(folder)), folder };
}

async function refused(promise: Promise<unknown>, message: RegExp): Promise<void> {
  await assert.rejects(promise, (error: Error) => {
    assert.ok(error instanceof KpiError, String(error.stack));
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /\n/);
    return true;
  });
}

test("modprobe loads what a module depends on, once, in order", async (t) => {
  const { loader: own } = loader(t, {
    mii: bytesOf("mii", exporting("mii_check")),
    lib: bytesOf("lib", exporting("lib_sum")),
    nic: bytesOf("nic", wanting("mii_check", "lib_sum", "a"), { depends: "mii,lib" }),
  });
  await own.modprobe("nic");
  assert.deepEqual([...own.modules.keys()], ["mii", "lib", "nic"]);
  assert.equal(await own.modprobe("mii"), own.modules.get("mii"));
  await refused(own.rmmod("mii"), /^rmmod: ERROR: Module mii is in use by: nic$/);
  await own.rmmod("nic");
  await own.rmmod("mii");
  await refused(own.rmmod("mii"), /^rmmod: ERROR: Module mii is not currently loaded$/);
});

test("modules that depend on each other, and ones that are not there", async (t) => {
  const { loader: own } = loader(t, {
    x: bytesOf("x", undefined, { depends: "y" }),
    y: bytesOf("y", undefined, { depends: "x" }),
  });
  await refused(own.modprobe("x"), /^modprobe: FATAL: modules depend on each other: x y x$/);
  await refused(
    own.modprobe("z"),
    /^modprobe: FATAL: Module z not found in .*; build it with: kpi build FILE\.c\|FOLDER$/,
  );
});

test("what a file depends on is found beside it before it is looked for by name", async (t) => {
  const { loader: own } = loader(t, { lib: bytesOf("lib", exporting("stored")) });
  const { folder } = loader(t, {
    lib: bytesOf("lib", exporting("beside")),
    nic: bytesOf("nic", wanting("beside"), { depends: "lib" }),
    alone: bytesOf("alone", undefined, { depends: "gone" }),
  });
  await own.modprobe(join(folder, "nic.ko"));
  assert.deepEqual([...own.modules.keys()], ["lib", "nic"]);
  const alone = own.modprobe(join(folder, "alone.ko"));
  await refused(alone, /^modprobe: FATAL: Module gone not found in .* \(.*alone\.ko depends on it\); build it/);
});

test("what insmod refuses, and that it changes nothing", async (t) => {
  const { machine, loader: own, folder } = loader(t);
  const load = (bytes: Uint8Array): Promise<unknown> => own.load("m.ko", bytes);
  const no = (why: string): RegExp => new RegExp(`^insmod: ERROR: could not insert module m.ko: ${why}`);
  await refused(
    load(bytesOf("m", wanting("a", "zeta", "kmalloc"))),
    no("Unknown symbol in module: kmalloc \\(a macro of linux/slab.h\\), zeta; try: kpi missing m.ko$"),
  );
  await refused(
    load(bytesOf("m", undefined, { kpi_abi: "0".repeat(16) })),
    no("its struct layouts .* are not the core's"),
  );
  await refused(load(bytesOf("m", undefined, { kpi_abi: "\x1b[2J" })), no("it has no layout stamp"));
  for (const vermagic of ["", "6.1.0", "6.1.0 SMP mod_unload MIPS32_R2 32BIT ", "5.10.1 SMP mod_unload wasm32 "]) {
    const magic = `Invalid module format: version magic '${vermagic}' should be '6\\.1\\.\\* SMP mod_unload wasm32 '$`;
    await refused(load(bytesOf("m", undefined, { vermagic })), no(magic));
  }
  await refused(load(bytesOf("../\n")), no("Invalid module format: its name in .modinfo is not one$"));
  await refused(load(bytesOf("m", exporting("a"))), no("exports duplicate symbol a \\(owned by kernel\\)$"));
  await refused(load(Buffer.from("\x7fELF")), no("Invalid module format: an ELF object"));
  await refused(load(new Uint8Array()), no("Invalid module format: the file is empty$"));
  const bare = new ObjectBuilder();
  bare.data("info", `name=m\0kpi_abi=${STAMP}\0vermagic=${VERMAGIC}\0`, { segment: ".modinfo", align: 1 });
  await refused(load(bare.build()), no("it has no __this_module; build it with: kpi build$"));
  const lost = bytesOf("m", (builder) => void builder.func("f", [], [], [0x41, { type: 4, symbol: 77 }, 0x1a]));
  await refused(load(lost), no("Invalid module format: a relocation names symbol 77"));
  const typed = bytesOf("m", (builder) => void builder.importFunction("b", [I32], [I32]));
  await refused(load(typed), no("b has another signature in the core; see: kpi resolve b$"));
  const invalid = bytesOf("m", (builder) => void builder.func("f", [], [I32], []));
  await refused(load(invalid), no("Invalid module format: its code is not valid wasm: "));
  await refused(
    own.insmod(join(folder, "none.ko")),
    /^insmod: ERROR: could not load module .*none.ko: No such file or directory$/,
  );
  await refused(own.insmod(folder), /^insmod: ERROR: could not load module .*: Is a directory$/);
  assert.deepEqual([own.modules.size, machine.held.size], [0, 0]);
});

test("a module twice, and a symbol that two modules export", async (t) => {
  const { loader: own } = loader(t);
  await own.load("m.ko", bytesOf("m", exporting("shared")));
  await refused(own.load("m.ko", bytesOf("m")), /could not insert module m.ko: File exists$/);
  await refused(own.load("n.ko", bytesOf("n", exporting("shared"))), /exports duplicate symbol shared \(owned by m\)$/);
});

test("an init that fails leaves nothing; one that traps stays as it is in Linux", async (t) => {
  const { machine, loader: own } = loader(t);
  machine.insmod = () => -19;
  await refused(own.load("m.ko", bytesOf("m")), /could not insert module m.ko: No such device$/);
  assert.equal(own.modules.size, 0);
  machine.insmod = () => {
    throw new TaskKilled("kpi_insmod", "unreachable");
  };
  await refused(own.load("m.ko", bytesOf("m")), /its init trapped: unreachable$/);
  assert.deepEqual([...own.modules.keys()], ["m"]);
});

test("no memory for the arguments", async (t) => {
  const { machine, loader: own } = loader(t);
  machine.fail = "__kmalloc";
  await refused(own.load("m.ko", bytesOf("m")), /^no memory to load m; raise --mem$/);
  assert.equal(own.modules.size, 0);
});

test("memory of unloaded modules is kept for a while, then given back", async (t) => {
  const { machine, loader: own } = loader(t);
  for (let i = 0; i < 20; i++) {
    await own.load("m.ko", bytesOf(`m${i}`, exporting("again")));
    await own.rmmod(`m${i}`);
  }
  assert.equal(machine.held.size, 8);
  machine.rmmod = () => -16;
  await own.load("busy.ko", bytesOf("busy"));
  await refused(own.rmmod("busy"), /^rmmod: ERROR: could not remove module busy: Device or resource busy$/);
  assert.equal(own.modules.size, 1);
});
