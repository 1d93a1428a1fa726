// Images on each board, as machine code and interpreted: drivers that do what they may not, and what they compute.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Board } from "../../host/index.ts";
import type { FirmwareBoard, Kind } from "../../tools/image/boards.ts";
import { cachedImage } from "../../tools/image/cache.ts";
import { BOARDS, TestBoard } from "./board.ts";
import { ARITH, faulty } from "./faulty.ts";
import { modules, options } from "./images.ts";

const RAM_KIB = 1024;

/** Time is what the processor has done, 32 ns an instruction: seconds of spinning are soon over, and as long anywhere. */
const COUNTED = ["-icount", "shift=5,sleep=off"];

async function computed(): Promise<string> {
  await using desktop = await Board.boot({ devices: [], modules });
  await desktop.insmod("arith");
  return desktop.log.map(({ text }) => ARITH.exec(text)?.[0]).find(Boolean)!;
}

async function on(board: FirmwareBoard, kind: Kind, last = ""): Promise<TestBoard> {
  const image = { ...options(faulty(last), RAM_KIB, kind, board), halts: last !== "" };
  return new TestBoard(await cachedImage(image), RAM_KIB, board);
}

for (const { board, kinds, skip } of BOARDS) {
  for (const kind of kinds) {
    test(
      `${board.name}, ${kind}: traps are reported, what comes next goes on, and the watchdog ends the last`,
      { skip },
      async (t) => {
        const tested = await on(board, kind);
        try {
          tested.on(COUNTED);
          const again = await tested.says(
            new RegExp(
              String.raw`watchdog: no interrupt window for 10 seconds, in\s+\w*init\w*\+0x[^]*restarting[^]*kpi: ${board.name}`,
            ),
          );
          const text = tested.text.slice(0, again.index);
          const [, trap, overflow] = text.split("BUG: ");
          await t.test("a null function, with the functions' names", () => {
            assert.match(trap!, /^wasm trap: null function or function signature mismatch/);
            assert.match(trap!, /Call Trace:[^]* (?:trap_init|init_module)\w*\+0x/);
          });
          await t.test("a stack that overflows is caught where it ends", () => {
            assert.match(overflow!, /^wasm trap: .*(?:stack overflow|a stack that overflowed)/);
            assert.match(overflow!, /Call Trace:[^]*\bendless\w*\+0x/);
          });
          await t.test("arithmetic, branches and memory are as on the desktop", async () => {
            assert.equal(ARITH.exec(text)?.[0], await computed());
          });
        } finally {
          await tested.remove();
        }
      },
    );
  }

  test(`${board.name}: a board whose image says so halts after a panic, and the emulator fails`, { skip }, async () => {
    const halting = await on(board, kinds[0]!, "panics=1");
    try {
      const { ended } = halting.on(COUNTED);
      await halting.says(/Kernel panic - not syncing: this is the last module[^]*kpi: halted after a failure/);
      assert.equal(await ended, 1);
    } finally {
      await halting.remove();
    }
  });

  test(
    `${board.name}: the stack that the core boots on, the idle task's, is caught where it ends, too`,
    { skip },
    async () => {
      const overflows = await on(board, kinds[0]!, "recurses=1");
      try {
        overflows.on(COUNTED);
        await overflows.says(
          /kpi: ready[^]*BUG: wasm trap: .*a stack that overflowed[^]*\bendless\w*\+0x[^]*Kernel panic[^]*kpi: halted after a failure/,
        );
      } finally {
        await overflows.remove();
      }
    },
  );
}
