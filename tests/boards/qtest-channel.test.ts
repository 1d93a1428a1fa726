// The qtest protocol's other side may print what is none of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Qtest } from "../../boards/qemu/qtest.ts";
import type { NativeFd } from "../../host/native/fd.ts";

/** A channel whose other end says one of `answers` whenever it is asked, in pieces of so many bytes. */
function channel(answers: string[], piece: number): { qtest: Qtest; lines: string[] } {
  const lines: string[] = [];
  const rest: number[] = [];
  const fd = {
    write(_fd: number, _bytes: Uint8Array, length: number) {
      rest.push(...Buffer.from(answers.shift()!));
      return length;
    },
    readable: () => rest.length > 0,
    read(_fd: number, bytes: Uint8Array) {
      const part = rest.splice(0, piece);
      bytes.set(part);
      return part.length;
    },
  };
  const qtest = new Qtest(fd as unknown as NativeFd, 0, 1, {
    irq: (line, raised) => void lines.push(`${line} ${raised ? "up" : "down"}`),
    waiting() {},
    gone: () => new Error("gone"),
  });
  return { qtest, lines };
}

/** The end of one block, and the beginning of the next. */
const [TAIL, HEAD] = ["rown command: f00d0001\n", "[vmxnet3][WR][vmxnet3_get_command_status]: Recei"];

for (const piece of [1, 4096]) {
  test(`answers between blocks of what a model prints, ${piece} bytes at a time`, () => {
    const said = [
      ["OK 0x1\n"],
      [TAIL, "a whole line\n", HEAD, "OK 0x00000000fee1dead\n"],
      [TAIL, HEAD, "IRQ raise 22\n", TAIL, "OK\n", "O\nI\n", HEAD, "IRQ lower 22\n", "OK 0x3\n"],
    ];
    const { qtest, lines } = channel(
      said.map((parts) => parts.join("")),
      piece,
    );
    assert.equal(qtest.mmioRead(0, 4), 1);
    assert.equal(qtest.mmioRead(4, 4) >>> 0, 0xfee1dead);
    qtest.mmioWrite(8, 4, 0);
    assert.equal(qtest.mmioRead(8, 4), 3);
    assert.deepEqual(lines, ["22 up", "22 down"]);
  });
}

test("a refusal is none of those", () => {
  const { qtest } = channel(["FAIL Unknown command 'sing'\n"], 100);
  assert.throws(() => qtest.command("sing"), /QEMU refuses a qtest command: FAIL Unknown command 'sing'/);
});
