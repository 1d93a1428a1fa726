// JavaScript that throws inside the board: reported as the board's bug with its place, never as the driver's.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { DesktopBoard } from "../../boards/index.ts";
import { boot, type Run } from "./harness.ts";

function broken(): never {
  throw new TypeError("register is undefined");
}

const places: Record<string, (board: DesktopBoard) => void> = {
  "a register that the driver reads": (board) => void (board.mmioRead = broken),
  "a card that receives a frame": (board) => void (board.cables[0].wire.a.onReceive = broken),
  "a peer at the other end": (board) => void (board.cables[0].wire.b.onReceive = broken),
};

async function failure({ system, run, board }: Run, breakIt: (board: DesktopBoard) => void): Promise<Error> {
  await run("modprobe 8139cp; ip link set eth0 up");
  breakIt(board);
  return run("ping -c 1 peer").then(
    () => assert.fail("the ping was answered"),
    (error: Error) => error,
  );
}

for (const [place, breakIt] of Object.entries(places)) {
  test(place, async () => {
    const own = await boot();
    const error = await failure(own, breakIt);
    assert.match(
      error.message,
      /^bug of the board: register is undefined, at \S*broken \(.*board-bug\.test\.ts:\d+:\d+\)$/,
    );
    assert.equal(own.system.machine.oopses, 0);
    assert.equal(own.system.machine.alive, false);
    assert.doesNotMatch(own.lines.join("\n"), /Oops|BUG/);
    await own.system.powerOff();
  });
}
