// A driver of one's own under test, in C and in TypeScript: `npm test` in a folder with this file, the drivers and the
// package linuxkpi.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { Board } from "linuxkpi";

for (const name of ["ticker.c", "typescript/ticker.ts"]) {
  const source = join(import.meta.dirname, name);

  test(`${name}: it reads the card's address`, async () => {
    await using board = await Board.boot({ devices: [{ model: "rtl8139", mac: "52:54:00:01:02:03" }] });
    await board.insmod(source);
    assert.match(board.log.at(-1)!.text, /ticks every 1000 us, card 52:54:00:01:02:03$/);
  });

  test(`${name}: its timer interrupts as often as its parameter says`, async () => {
    await using board = await Board.boot({ devices: ["rtl8139"] });
    await board.insmod(source, { period_us: 250 });
    await board.sleep(1);
    await board.rmmod("ticker");
    const [, ticks] = /(\d+) ticks$/.exec(board.log.at(-1)!.text)!;
    assert.ok(Math.abs(Number(ticks) - 4000) < 50, `${ticks} ticks in a second`);
  });

  test(`${name}: it drives each of two cards on one interrupt line`, async () => {
    await using board = await Board.boot({ devices: ["rtl8139,addr=03", "rtl8139,addr=07"] });
    await board.insmod(source);
    await board.sleep(0.1);
    await board.rmmod("ticker");
    const ends = board.log.filter(({ text }) => / \d+ ticks$/.test(text));
    assert.equal(ends.length, 2);
  });

  test(`${name}: a lost interrupt stops it`, async () => {
    await using board = await Board.boot({ devices: ["rtl8139"] });
    await board.insmod(source);
    board.fault("lost-interrupt");
    await board.sleep(1);
    await board.rmmod("ticker");
    assert.match(board.log.at(-1)!.text, / 0 ticks$/);
  });

  test(`${name}: it refuses a period of zero, and holds nothing afterwards`, async () => {
    await using board = await Board.boot({ devices: ["rtl8139"] });
    await board.insmod(source, { period_us: 0 });
    assert.match(board.log.at(-1)!.text, /probe .* failed with error -22/);
    await board.rmmod("ticker");
  });
}
