// Core and a driver on the board: linked, compiled, booted, with a cable to this process.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cachedImage } from "../../tools/image/cache.ts";
import { readSlot } from "../../tools/image/slot.ts";
import { SKIP as skip, TestBoard } from "../firmware/board.ts";
import { driver, e1000, options } from "./images.ts";
import { BOARD, Peer } from "./peer.ts";

const E1000 = e1000(48);
const LWIP = driver("lwip", `ip=${BOARD}/24`);

test("an image names what it is made of", { skip }, async () => {
  const { sources: named, body } = readSlot(await cachedImage(options([E1000, LWIP])), "image");
  assert.deepEqual(
    named.map(({ name }) => name),
    ["kpi.wasm", "e1000.ko", "lwip.ko"],
  );
  assert.ok(body.length < 640 * 1024, `${body.length} bytes of flash`);
});

for (const kind of ["AOT-rv32", "WASM"] as const) {
  test(`${kind}: whose flash and memory it is`, { skip }, async () => {
    const { sources, symbols, memoryBytes } = readSlot(await cachedImage(options([E1000, LWIP], 1024, kind)), "image");
    const [core, e1000, lwip] = sources.map(({ flashBytes }) => flashBytes);
    // What belongs to nobody are tables and a few of the compiler's functions.
    const nobodys = symbols - (core! + e1000! + lwip!);
    assert.ok(nobodys > 0 && nobodys < symbols / 8, `${nobodys} of ${symbols} bytes`);
    assert.ok(core! > e1000! && e1000! > lwip! && lwip! > 16 << 10, `${core}, ${e1000}, ${lwip}`);
    const memory = sources.map(({ ramBytes }) => ramBytes);
    assert.ok(Math.min(...memory) >= 4096 && memory.reduce((a, b) => a + b) < memoryBytes, memory.join(", "));
  });
}

for (const [count, ramKiB, kind] of [
  [256, 1024, "AOT-rv32"],
  [48, 512, "AOT-rv32"],
  [48, 1024, "WASM"],
] as const) {
  test(
    `${kind}: e1000 with rings of ${count} on a board with ${ramKiB} KiB of RAM: every ping is answered`,
    { skip },
    async () => {
      const board = new TestBoard(await cachedImage(options([e1000(count), LWIP], ramKiB, kind)), ramKiB);
      const peer = await Peer.open();
      try {
        board.on(peer.card("e1000"));
        await board.says(/e1000: eth0 NIC Link is Up 1000 Mbps/);
        assert.equal(await peer.ping(1000), 1000);
        assert.doesNotMatch(board.text, /BUG|Oops|trap|allocation failure/);
      } finally {
        peer.close();
        await board.remove();
      }
    },
  );
}
