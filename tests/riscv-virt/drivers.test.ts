// Other drivers than e1000's, on the same firmware: a card whose revision its driver would refuse, and a device without a
// network, whose driver is eight modules.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { buildCore } from "../../tools/build/core.ts";
import { coreNames } from "../../tools/build/core-names.ts";
import type { Kind } from "../../tools/image/boards.ts";
import { cachedImage } from "../../tools/image/cache.ts";
import { memoryOf } from "../../tools/image/firmware.ts";
import type { Driver } from "../../tools/image/link.ts";
import { parsePciFields, type PciFields } from "../../tools/image/pci-fields.ts";
import { readSlot } from "../../tools/image/slot.ts";
import { buildModules } from "../../tools/kbuild/build.ts";
import { buildDrivers } from "../../tools/kbuild/drivers/build.ts";
import { moduleNamed } from "../../tools/kbuild/drivers/index.ts";
import { prepareTree } from "../../tools/kbuild/environment.ts";
import { repoRoot } from "../../tools/setup/paths.mjs";
import { SKIP as skip, TestBoard } from "../firmware/board.ts";
import { BOARD, Peer } from "./peer.ts";

const out = mkdtempSync(join(tmpdir(), "kpi-board-modules-"));
after(() => rmSync(out, { recursive: true }));
const env = await prepareTree();
const { file: core } = await buildCore("release");
const VIRTIO = ["virtio_anchor", "virtio", "virtio_ring", "virtio_pci_legacy_dev", "virtio_pci_modern_dev"];
const RNG = [...VIRTIO, "virtio_pci", "rng-core", "virtio-rng"];
// And what they need.
const places = ["8139too", "virtio_pci", "virtio-rng"].map((name) => moduleNamed(env, name)!);
const built = await buildDrivers(places, { env, core: await coreNames(), out });
await buildModules({ sources: [join(repoRoot, "modules/lwip")], out });
const RAM_KIB = 2048;
const LWIP: Driver = { name: "lwip", file: join(out, "lwip.ko"), args: `ip=${BOARD}/24` };

function image(
  kind: Kind,
  names: readonly string[],
  more: readonly Driver[],
  pci: readonly PciFields[],
): Promise<Buffer> {
  const drivers = [...names.map((name): Driver => ({ name, file: built.get(name)!.file, args: "" })), ...more];
  const memoryBytes = memoryOf(RAM_KIB << 10, kind);
  return cachedImage({ board: "riscv-virt", core, drivers, kind, memoryBytes, sequence: 1, pci });
}

/** QEMU's device has revision 0x20, which 8139too leaves to 8139cp. */
const AS_RTL8139C = parsePciFields("10ec:8139,revision=0x10");

test("8139too refuses the card as it is", { skip }, async () => {
  const board = new TestBoard(await image("WASM", ["mii", "8139too"], [], []), RAM_KIB);
  try {
    board.on(["-device", "rtl8139"]);
    await board.says(/8139too 0000:00:01\.0: This \(id 10ec:8139 rev 20\) is an enhanced 8139C\+ chip/);
  } finally {
    await board.remove();
  }
});

test(
  "8139too drives the card as an image shows it; virtio_rng's device fills one buffer after the other",
  { skip },
  async () => {
    const bytes = await image("AOT-rv32", ["mii", "8139too", ...RNG], [LWIP], [AS_RTL8139C]);
    assert.equal(readSlot(bytes, "image").sources.length, RNG.length + 4);
    const board = new TestBoard(bytes, RAM_KIB);
    const peer = await Peer.open();
    const trace = join(out, "trace");
    try {
      board.on([...peer.card("rtl8139"), "-device", "virtio-rng-pci", "-trace", "virtio_rng_pushed", "-D", trace]);
      await board.says(/8139too 0000:00:01\.0 eth0: RealTek RTL8139 at 0x\w+, 52:54:00:12:34:56, IRQ \d+/);
      await board.says(/virtio-pci 0000:00:02\.0: enabling device[^]*kpi: ready/);
      assert.equal(await peer.ping(200), 200);
      // The driver gives the buffer back once an interrupt has told it of the first.
      const pushed = (): number => readFileSync(trace, "utf8").split("bytes pushed").length - 1;
      for (let tries = 0; pushed() < 2 && tries < 1200; tries++)
        await new Promise((resolve) => setTimeout(resolve, 100));
      assert.ok(pushed() >= 2, `${pushed()} buffers`);
      assert.doesNotMatch(board.text, /BUG|Oops|trap/);
    } finally {
      peer.close();
      await board.remove();
    }
  },
);
