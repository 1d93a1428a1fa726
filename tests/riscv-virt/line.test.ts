// The serial line of a board that counts on: bytes that are no frame leave it at its work, a frame ends that.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cachedImage } from "../../tools/image/cache.ts";
import { LoaderLine } from "../../tools/image/serial.ts";
import { SKIP as skip, TestBoard } from "../firmware/board.ts";
import { driver, e1000, options } from "./images.ts";
import { BOARD, Peer } from "./peer.ts";

test("what somebody types does not stop the board, a hello does", { skip }, async () => {
  const board = new TestBoard(await cachedImage(options([e1000(48), driver("lwip", `ip=${BOARD}/24`)])), 1024);
  const peer = await Peer.open();
  try {
    const { line } = board.on(peer.card("e1000"));
    assert.equal(await peer.ping(1), 1);
    for (const typed of ["hello\r", "~", "~~", "~/notes\r~\x7d~"]) {
      line.write(typed);
      assert.equal(await peer.ping(10), 10, JSON.stringify(typed));
    }
    assert.doesNotMatch(board.text, /restarting|BUG|Oops|trap|watchdog/);
    const loader = new LoaderLine(line);
    await loader.hello();
    assert.equal(await peer.echoes(1, 10), 0);
    await loader.exchange("R");
    await board.says(/restarting[^]*NIC Link is Up/);
  } finally {
    peer.close();
    await board.remove();
  }
});
