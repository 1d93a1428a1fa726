// Minutes of datagrams to the board's echo service; each comes back as it was.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cachedImage } from "../../tools/image/cache.ts";
import { TestBoard } from "../firmware/board.ts";
import { driver, e1000, options } from "../riscv-virt/images.ts";
import { BOARD, Peer } from "../riscv-virt/peer.ts";
import { figure, MINUTES } from "./soak.ts";

const LEAST_MINUTES = 5;

test("riscv-virt: datagrams through e1000 and lwip", async (context) => {
  const board = new TestBoard(await cachedImage(options([e1000(48), driver("lwip", `ip=${BOARD}/24`)])));
  const peer = await Peer.open();
  try {
    board.on(peer.card("e1000"));
    assert.equal(await peer.ping(1000), 1000);
    const seconds = 60 * Math.max(MINUTES, LEAST_MINUTES);
    const { sent, echoed, bytes } = await peer.traffic(seconds);
    figure(context, "datagrams", sent);
    figure(context, "lost", sent - echoed);
    figure(context, "Mbit/s each way", (bytes * 8) / seconds / 1e6);
    assert.equal(echoed, sent);
    assert.equal(await peer.ping(1000), 1000);
    assert.doesNotMatch(board.text, /BUG|Oops|trap/);
  } finally {
    peer.close();
    await board.remove();
  }
});
