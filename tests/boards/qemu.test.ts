// The QEMU board: real device models behind the qtest protocol, whose RAM is the board's memory.

import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Board, buildModules, type BoardOptions } from "../../host/index.ts";
import { findProgram } from "../../boards/qemu/program.ts";
import { parseQemuDevice, placeDevices } from "../../boards/qemu/devices.ts";
import { unless } from "../../tools/lab/requirements.ts";
import { repoRoot } from "../../tools/setup/paths.mjs";
import { kpiRun, type Outcome } from "../run/kpi-run.ts";

const skip = unless("qemu-system-x86_64");
const folder = mkdtempSync(join(tmpdir(), "kpi-qemu-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const modules = join(folder, "modules");

if (!skip) {
  const fixture = (name: string): string => join(repoRoot, "tests/fixtures", name);
  const drivers = ["mii.c", "ethernet/intel/e1000", "ethernet/realtek/8139cp.c", "ethernet/realtek/8139too.c"];
  const fixtures = ["edu.c", "msix.c", "spin_init.c"].map(fixture);
  const sources = [...drivers.map((path) => `drivers/net/${path}`), ...fixtures];
  await buildModules(sources, { out: modules });
}

const boot = (devices: BoardOptions["devices"], options: BoardOptions = {}): Promise<Board> =>
  Board.boot({ board: "qemu", modules, ...(devices && { devices }), ...options });

/** The QEMU that process `pid` has started; it has one. */
function qemuOf(pid: number): number | undefined {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").split(" ").filter(Boolean);
  const comm = (child: string): string => readFileSync(`/proc/${child}/comm`, "latin1");
  return children.map(Number).find((child) => comm(`${child}`).startsWith("qemu-system") && runs(child));
}

/** Board after board in one process: QEMU's end may take a moment after what was told of it. */
async function noQemu(): Promise<void> {
  for (let qemu; (qemu = qemuOf(process.pid)) !== undefined;) await ended(qemu);
}

/** Whether a process still runs; one that has ended and waits to be asked how does not. */
function runs(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "latin1"));
  } catch {
    return false;
  }
}

async function ended(pid: number): Promise<void> {
  while (runs(pid)) await new Promise((resolve) => setTimeout(resolve, 10));
}

async function pings(board: Board, driver: string): Promise<void> {
  await board.modprobe(driver);
  const eth0 = board.netdev();
  await eth0.up();
  await eth0.whenRunning(60);
  const how = { count: 20, interval: 0.01, size: 1400 };
  const [out, back] = [await eth0.ping("peer", how), await board.peer.ping("10.0.2.15", how)];
  for (const { received, corrupted } of [out, back]) assert.deepEqual([received, corrupted], [20, 0]);
}

test("e1000: pings both ways, rings and buffers in shared memory, a cable that is pulled", { skip }, async () => {
  await using board = await boot(["e1000,addr=0x5,mac=52:54:00:ab:cd:ef"]);
  await pings(board, "e1000");
  assert.equal((await board.netdev().info()).mac, "52:54:00:ab:cd:ef");
  assert.deepEqual(
    board.pci.map(({ slot }) => slot),
    ["0000:00:00.0", "0000:00:05.0"],
  );
  assert.match((await board.exec("lspci")).join("\n"), /^00:05\.0 Ethernet controller: Intel Corporation 82540EM/m);
  board.peer.unplug();
  await board.netdev().waitForLink(false, 60);
  board.peer.plug();
  await board.netdev().waitForLink(true, 60);
  board.fault("link-flap", 3);
  await board.netdev().waitForLink(false, 60);
  await board.netdev().waitForLink(true, 60);
  await board.rmmod("e1000");
  await pings(board, "e1000");
});

test("a device that writes where no driver has told it to: not into the core", { skip }, async () => {
  await using board = await boot(["vmxnet3"]);
  // QEMU's VMXNET3 tells the memory that it shares with its driver, before there is any: at 0x2b8.
  for (const way of ["unplug", "plug"] as const) {
    board.peer[way]();
    await board.sleep(0.3);
  }
  assert.deepEqual(board.reports, []);
});

test("one model, two drivers: what revision= lays over it decides", { skip }, async () => {
  for (const [device, driver] of [
    ["rtl8139", "8139cp"],
    ["rtl8139,revision=0x10", "8139too"],
  ] as const) {
    await using board = await boot([device]);
    await pings(board, driver);
  }
});

test("several devices, one of them no network card, two CPUs", { skip }, async () => {
  await using board = await boot(["virtio-rng-pci", "rtl8139", { model: "e1000", netdev: "none" }], { cpus: 2 });
  assert.deepEqual(
    board.pci.map(({ slot }) => slot.slice(5)),
    ["00:00.0", "00:03.0", "00:04.0", "00:05.0"],
  );
  assert.equal(board.peers.length, 1);
  await pings(board, "8139cp");
});

test("interrupts: by pin and by message, none lost, none twice", { skip }, async () => {
  for (const msi of [0, 1]) {
    await using board = await boot(["edu"]);
    await board.insmod("edu", { msi, count: 300 });
    // One for each that the driver raised, and one for each way of DMA.
    assert.match(board.dmesg(), /edu 0000:00:03\.0: id 010000ed, 302 interrupts, result 0$/m);
  }
});

test("MSI-X: five vectors, one by one and all at once", { skip }, async () => {
  await using board = await boot(["e1000e"]);
  await board.insmod("msix", { count: 50 });
  assert.match(board.dmesg(), /msix 0000:00:03\.0: 100 100 100 100 100, result 0$/m);
});

/** Which signal it was, the system says a moment later than that QEMU is gone. */
const GONE = { name: "KpiError", message: /^QEMU ended in the middle of the run( \(SIGKILL\))?$/ };

test("QEMU is killed: whoever waits is told, and the next access is no hang", { skip }, async () => {
  const board = await boot(["e1000"]);
  const qemu = qemuOf(process.pid)!;
  const sleeper = assert.rejects(board.sleep(600), GONE);
  process.kill(qemu, "SIGKILL");
  await sleeper;
  await board.shutdown();
  const busy = await boot(["e1000"]);
  process.kill(qemuOf(process.pid)!, "SIGKILL");
  // Many accesses, the first before the event loop could know.
  await assert.rejects(busy.modprobe("e1000"), GONE);
  await busy.shutdown();
  await noQemu();
});

test("the command: exit code 1 when QEMU is killed, no QEMU left when the command is", { skip }, async () => {
  const shared = readdirSync("/dev/shm").length;
  const args = ["--board", "qemu", "--device", "rtl8139,netdev=none", "--exec", "lspci", "--for", "600"];
  for (const victim of ["qemu", "kpi"]) {
    let qemu: number | undefined;
    const { code, err } = await kpiRun(args, (child, out) => {
      if (qemu !== undefined || !out.includes("Ethernet controller")) return;
      qemu = qemuOf(child.pid!)!;
      process.kill(victim === "qemu" ? qemu : child.pid!, "SIGKILL");
    });
    assert.equal(code, victim === "qemu" ? 1 : null);
    if (victim === "qemu") assert.match(err, /^kpi: QEMU ended in the middle of the run( \(SIGKILL\))?\n$/);
    await ended(qemu!);
  }
  assert.equal(readdirSync("/dev/shm").length, shared);
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A run that would go on for ever, with frames under way; `kill` gets kpi and its QEMU when it has one, and so many ms later. */
async function interrupted(ms: number, kill: (kpi: ChildProcess, qemu: number) => void): Promise<Outcome> {
  const flood = "ip link set eth0 up; ping -q -i 0.001 -c 1000000 10.0.2.2";
  const args = ["--board", "qemu", "--device", "e1000", "--insmod", join(modules, "e1000.ko"), "--exec", flood];
  let started = (_kpi: ChildProcess): void => {};
  const kpi = new Promise<ChildProcess>((resolve) => (started = resolve));
  const run = kpiRun(args, () => {}, started);
  const child = await kpi;
  let qemu: number | undefined;
  while ((qemu = qemuOf(child.pid!)) === undefined) await pause(2);
  await pause(ms);
  kill(child, qemu);
  const outcome = await run;
  await ended(qemu);
  return outcome;
}

/** From its start over the probing to traffic. */
const MOMENTS = [0, 30, 100, 200, 400, 800, 1600];

test("QEMU is killed at any moment: one line, exit code 1", { skip }, async () => {
  for (const ms of MOMENTS) {
    const { code, err } = await interrupted(ms, (_kpi, qemu) => process.kill(qemu, "SIGKILL"));
    assert.equal(code, 1, `after ${ms} ms: ${err}`);
    assert.match(err, /^kpi: (QEMU ended in the middle of the run( \(SIGKILL\))?|.* ends at once, without a word)\n$/);
  }
});

test("kpi is killed at any moment: no QEMU is left, no file", { skip }, async () => {
  const files = (): string[] => readdirSync("/dev/shm");
  const before = files();
  for (const ms of MOMENTS) {
    const { code } = await interrupted(ms, (kpi) => kpi.kill("SIGKILL"));
    assert.equal(code, null);
  }
  assert.deepEqual(files(), before);
});

test("a driver that hangs: the watchdog ends both", { skip }, async () => {
  let qemu: number | undefined;
  const args = ["--board", "qemu", "--device", "e1000", "--insmod", join(modules, "spin_init.ko")];
  const { code, err } = await kpiRun(args, (child) => (qemu ??= qemuOf(child.pid!)));
  assert.equal(code, 1);
  assert.match(err, /^watchdog: BUG: soft lockup - CPU#0 stuck for 10s without an interrupt window$/m);
  await ended(qemu!);
});

test("what QEMU refuses is said in one line", { skip }, async () => {
  const refusal = (device: string, message: string | RegExp, options: BoardOptions = {}): Promise<void> =>
    assert.rejects(boot([device], options), { name: "KpiError", exitCode: 2, message });
  await refusal("e100", "QEMU refuses device e100: 'e100' is not a valid device model name");
  await refusal("e1000,speed=10", "QEMU refuses device e1000: Property 'e1000.speed' not found");
  await refusal("e1000,mac=x", "QEMU refuses device e1000: Property 'e1000.mac' doesn't take value 'x'");
  await refusal("virtio-rng-pci,max-bytes=x", /^QEMU refuses device virtio-rng-pci: .*max-bytes/);
  await refusal("e1000,addr=19", "device e1000: addr=19 is not a device number, 01 to 18");
  await refusal("e1000", "board qemu talks to the real world; run it with --clock real", { clock: "virtual" });
  await noQemu();
});

test("arguments for QEMU, beside the board's", { skip }, async () => {
  const file = join(folder, "disk.img");
  writeFileSync(file, new Uint8Array(1 << 20));
  const drive = (path: string): string => `-drive if=none,id=disk,format=raw,file=${path}`;
  const args = ["--board", "qemu", "--device", "nvme,drive=disk,serial=1", "--exec", "lspci"];
  const { devices, qemu } = { devices: ["nvme,drive=disk,serial=1"], qemu: drive(file).split(" ") };
  {
    await using board = await boot(devices, { qemu });
    assert.match((await board.exec("lspci")).join("\n"), /^00:03\.0 Non-Volatile memory controller/m);
  }
  const { code, err } = await kpiRun([...args, "--qemu", drive("/nowhere/disk.img")]);
  assert.equal(code, 2);
  assert.match(err, /^kpi: QEMU says: -drive .*: Could not open '\/nowhere\/disk.img': No such file or directory\n$/);
  const elsewhere = Board.boot({ qemu });
  await assert.rejects(elsewhere, {
    message: "arguments for QEMU are for board qemu; this one is desktop",
    exitCode: 2,
  });
});

test("QEMU missing, or too old", { skip }, async () => {
  const path = process.env["PATH"];
  const bin = mkdtempSync(join(folder, "bin-"));
  const refused = async (): Promise<string> => {
    const error: unknown = await boot(["e1000"]).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof Error);
    assert.equal((error as { exitCode?: number }).exitCode, 1);
    return error.message;
  };
  try {
    symlinkSync(findProgram("setpriv")!, join(bin, "setpriv"));
    process.env["PATH"] = bin;
    assert.match(
      await refused(),
      /needs qemu-system-x86_64, .* not on the PATH; Debian has it in package qemu-system-x86$/,
    );
    const old = join(bin, "qemu-system-x86_64");
    const answer = "echo 'QEMU emulator version 5.2.0 (Debian 1:5.2)'";
    const complaint = `echo "qemu-system-x86_64: -netdev stream: Parameter 'type' expects a netdev backend type" >&2`;
    writeFileSync(old, `#!/bin/sh\n[ "$1" = --version ] && ${answer} && exit 0\n${complaint}\nexit 1\n`);
    chmodSync(old, 0o755);
    assert.equal(await refused(), `${old} is version 5.2.0; board qemu needs QEMU 7.2 or newer`);
  } finally {
    process.env["PATH"] = path;
  }
});

test("places on the bus", () => {
  const places = (...texts: string[]): (string | undefined)[] =>
    placeDevices(texts.map(parseQemuDevice)).map(({ addr }) => addr);
  assert.deepEqual(places("a", "b,addr=3", "c,addr=0x18.1,multifunction=on", "d"), ["04.0", "03.0", "18.1", "05.0"]);
  assert.deepEqual(places("pcie-root-port,id=rp", "b,bus=rp"), ["03.0", undefined]);
  assert.throws(() => places("a,addr=4", "b,addr=04.0"), { message: "device b: addr=04.0 is taken", exitCode: 2 });
  assert.throws(() => places("a,bus=rp,revision=1"), /revision= is only for devices of the root bus/);
  assert.throws(() => parseQemuDevice("e1000,mac=1,mac=2"), /mac is given twice/);
});
