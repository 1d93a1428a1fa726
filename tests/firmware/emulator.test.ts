// A board that cannot switch itself off says that it has halted; its console comes in pieces.

import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { watchConsole } from "../../tools/image/emulator.ts";

test("how a board has halted is known when it has said all of it", () => {
  for (const [pieces, expected] of [
    [["kpi: ready\r\nkpi: hal", "ted", " after a fail", "ure\r\n"], [1]],
    [["kpi: halted\r", "\n"], [0]],
    [["driver: kpi: halted\r\nkpi: halted by a driver\r\n"], []],
  ] as const) {
    const codes: number[] = [];
    const console = new PassThrough();
    watchConsole(console, (code) => codes.push(code));
    for (const piece of pieces) console.emit("data", Buffer.from(piece));
    assert.deepEqual(codes, expected);
  }
});
