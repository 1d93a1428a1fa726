// Drivers for which a board may have no device: nothing that they import is missing, they load with what they depend on,
// and they go again.

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

const DRIVERS = ["e100", "e1000e", "r8169", "softdog", "tulip", "virtio_net", "virtio_pci", "vmxnet3"];

const modules = mkdtempSync(join(tmpdir(), "kpi-modules-"));
after(() => rmSync(modules, { recursive: true, force: true }));
const env = await prepareTree();
const places = [...DRIVERS, "realtek"].map((name) => moduleNamed(env, name)!);
await buildDrivers(places, { env, core: await coreNames(), out: modules });

test("they load and unload; r8169 has realtek loaded before it", async () => {
  await using board = await Board.boot({ devices: [], modules });
  for (const name of DRIVERS) await board.modprobe(name);
  const loaded = board.modules.map(({ name }) => name);
  for (const name of [...DRIVERS, "realtek", "libphy", "ptp", "pps_core", "failover", "watchdog"]) {
    assert.ok(loaded.includes(name), `${name} is not among ${loaded.join(" ")}`);
  }
  for (const name of DRIVERS) await board.rmmod(name);
  await board.shutdown();
  assert.deepEqual(board.reports, []);
});
