// Drivers of other things than networks on QEMU's devices: a random number generator behind virtio, and a watchdog.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Board } from "../../host/index.ts";
import { coreNames } from "../../tools/build/core-names.ts";
import { buildDrivers } from "../../tools/kbuild/drivers/build.ts";
import { moduleNamed } from "../../tools/kbuild/drivers/index.ts";
import { prepareTree } from "../../tools/kbuild/environment.ts";
import { unless } from "../../tools/lab/requirements.ts";

const modules = mkdtempSync(join(tmpdir(), "kpi-modules-"));
after(() => rmSync(modules, { recursive: true, force: true }));

const skip = unless("qemu-system-x86_64");
if (!skip) {
  const env = await prepareTree();
  const places = ["virtio_pci", "virtio_rng", "i6300esb"].map((name) => moduleNamed(env, name)!);
  await buildDrivers(places, { env, core: await coreNames(), out: modules });
}

const boot = (device: string): Promise<Board> => Board.boot({ board: "qemu", devices: [device], modules });

test("virtio_rng over virtio_pci: bytes through the hwrng core", { skip }, async () => {
  await using board = await boot("virtio-rng-pci");
  for (let round = 0; round < 3; round++) {
    await board.modprobe("virtio_pci");
    await board.modprobe("virtio_rng");
    const name = await board.read("/sys/class/misc/hw_random/rng_current");
    assert.equal(name, "virtio_rng.0\n");
    const rng = await board.open("/dev/hwrng", "r");
    const bytes: number[] = [];
    while (bytes.length < 1024) bytes.push(...(await rng.read(1024 - bytes.length)));
    await rng.close();
    assert.ok(new Set(bytes).size > 128, `1024 bytes with ${new Set(bytes).size} values`);
    await board.rmmod("virtio_rng");
    await assert.rejects(
      board.open("/dev/hwrng", "r").then((file) => file.read(1)),
      { code: "ENODEV" },
    );
    await board.rmmod("virtio_pci");
  }
  await board.shutdown();
  assert.deepEqual(board.reports, []);
});

const WDIOC_GETSUPPORT = 0x80285700;
const WDIOC_SETTIMEOUT = 0xc0045706;
const WDIOC_GETTIMEOUT = 0x80045707;

test("i6300esb: fed it is quiet, closed well it stops, forgotten it resets the machine", { skip }, async () => {
  await using board = await boot("i6300esb");
  await board.modprobe("i6300esb");
  const dog = await board.open("/dev/watchdog0", "w");
  const info = new Uint8Array(40);
  await dog.ioctl(WDIOC_GETSUPPORT, info);
  assert.match(Buffer.from(info.subarray(8)).toString(), /^i6300ESB timer\0/);
  const word = Uint8Array.of(3, 0, 0, 0);
  await dog.ioctl(WDIOC_SETTIMEOUT, word);
  assert.equal(await dog.ioctl(WDIOC_GETTIMEOUT, word), 0);
  assert.deepEqual([...word], [3, 0, 0, 0]);
  for (let i = 0; i < 8; i++) {
    await dog.write("\0");
    await board.sleep(0.5);
  }
  await dog.write("V");
  await dog.close();
  await board.sleep(4);
  assert.deepEqual(board.reports, []);
  // Whoever opens it starts it, and does not say "V".
  const again = await board.open("/dev/watchdog0", "w");
  await again.close();
  assert.match(board.log.at(-1)!.text, /watchdog: watchdog0: watchdog did not stop!/);
  await assert.rejects(board.sleep(120), /the watchdog has reset the machine: nobody fed it in time/);
});
