// What is flashed is the same bytes whenever and wherever it is made.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cachedImage } from "../../tools/image/cache.ts";
import { buildFirmware } from "../../tools/image/firmware.ts";
import { buildImage } from "../../tools/image/image.ts";
import { readSlot, sha256 } from "../../tools/image/slot.ts";
import { BOARDS, RISCV_VIRT } from "./board.ts";
import { faulty } from "./faulty.ts";
import { options } from "./images.ts";

const hash = (bytes: Uint8Array): string => sha256(bytes).toString("hex");

for (const { board, kinds, skip } of BOARDS) {
  // The wasm of one board is that of all.
  const made = board === RISCV_VIRT ? kinds : [board.native];
  test(`${board.name}: the firmware`, { skip }, () => {
    const [one, other] = [buildFirmware(board, 1 << 20), buildFirmware(board, 1 << 20)];
    assert.equal(hash(one.flash), hash(other.flash));
    assert.ok(one.flash.length < board.firmware.bytes / 2, `${one.flash.length} bytes`);
    assert.equal(one.flash.includes("/boards/"), false, "it names folders of this machine");
  });

  for (const kind of made) {
    test(`${board.name}: an image of kind ${kind}`, { skip }, async () => {
      const given = options(faulty(), 1024, kind, board);
      const image = await cachedImage(given);
      assert.equal(hash(await buildImage(given)), hash(image));
      const { board: name, kind: said, sources } = readSlot(image, "image");
      assert.deepEqual(
        [name, said, sources.map((one) => one.name)],
        [board.name, kind, ["kpi.wasm", ...faulty().map((one) => `${one.name}.ko`)]],
      );
    });
  }
}
