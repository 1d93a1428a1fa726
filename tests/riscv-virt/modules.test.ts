// Modules of an image taken out and loaded again on the running board, by commands on its console.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Kind } from "../../tools/image/boards.ts";
import { cachedImage } from "../../tools/image/cache.ts";
import { SKIP as skip, TestBoard } from "../firmware/board.ts";
import { driver, e1000, options } from "./images.ts";
import { BOARD, Peer } from "./peer.ts";

const TIMES = 5;
const LWIP = driver("lwip", `ip=${BOARD}/24`);
const WRONG = /BUG|Oops|trap|allocation failure|WARNING|could not/;

/** What the board answers to a command; `last` ends it. */
async function command(board: TestBoard, line: { write(text: string): void }, text: string, last: RegExp) {
  board.text = "";
  line.write(`${text}\n`);
  await board.says(last);
  return board.text;
}

// Little RAM: what a driver left behind would be missed.
for (const [kind, ramKiB] of [["AOT-rv32", 512] as const, ["WASM", 640] as const] satisfies [Kind, number][]) {
  test(
    `${kind}: rmmod e1000, insmod e1000, ${TIMES} times, as if for the first time; lwip as well`,
    { skip },
    async () => {
      const board = new TestBoard(await cachedImage(options([e1000(48), LWIP], ramKiB, kind)), ramKiB);
      const peer = await Peer.open();
      try {
        const { line } = board.on(peer.card("e1000"));
        await board.says(/kpi: ready\r\n/);
        const ask = (text: string, last: RegExp): Promise<string> => command(board, line, text, last);
        assert.equal(await ask("lsmod", /lwip\r\n/), "e1000\r\nlwip\r\n");
        for (let i = 0; i < TIMES; i++) {
          assert.doesNotMatch(await ask("rmmod e1000", /kpi: e1000 is out\r\n/), WRONG);
          assert.equal(await ask("lsmod", /lwip\r\n/), "lwip\r\n");
          // Its parameters are for the first card that it has found since it was loaded.
          const loaded = await ask("insmod e1000", /kpi: e1000 is in\r\n/);
          assert.match(loaded, /Receive Descriptors set to 48[^]*eth0: lwip: address/);
          assert.equal(await peer.ping(10), 10);
          assert.doesNotMatch(loaded + board.text, WRONG);
        }
        await ask("rmmod lwip", /kpi: lwip is out\r\n/);
        assert.match(await ask("rmmod lwip", /already\r\n/), /^kpi: lwip is out already/);
        await ask("insmod lwip", /kpi: lwip is in\r\n/);
        assert.equal(await peer.ping(10), 10);
        await ask("insmod none-such", /kpi: the image has no module none-such\r\n/);
        await ask("modprobe e1000", /kpi: modprobe e1000: the commands are insmod NAME, rmmod NAME and lsmod\r\n/);
        assert.equal(await ask("lsmod", /lwip\r\n/), "e1000\r\nlwip\r\n");
      } finally {
        peer.close();
        await board.remove();
      }
    },
  );
}
