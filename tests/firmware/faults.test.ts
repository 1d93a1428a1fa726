// Images on each board, as machine code and interpreted: drivers that do what they may not, and what they compute.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Board } from "../../host/index.ts";
import { cachedImage } from "../../tools/image/cache.ts";
import { BOARDS, TestBoard } from "./board.ts";
import { build, driver, modules, options } from "./images.ts";

await build("trap_init", "endless_init", "spin_init", "arith");

const ARITH = /arith: [0-9a-f]{16}/;
const RAM_KIB = 1024;

for (const { board, kinds, skip } of BOARDS) {
  const on = async (drivers: readonly string[], kind = kinds[0], halts = false): Promise<TestBoard> => {
    const image = {
      ...options(
        drivers.map((name) => driver(name)),
        RAM_KIB,
        kind,
        board,
      ),
      halts,
    };
    return new TestBoard(await cachedImage(image), RAM_KIB, board);
  };
  for (const kind of kinds) {
    const where = `${board.name}, ${kind}`;

    test(
      `${where}: a driver that traps is reported with its functions' names, and the board goes on`,
      { skip },
      async () => {
        const trapping = await on(["trap_init", "arith"], kind);
        try {
          trapping.on();
          await trapping.says(ARITH);
          assert.match(trapping.text, /BUG: wasm trap: null function or function signature mismatch/);
          assert.match(trapping.text, /Call Trace:[^]* (?:trap_init|init_module)\w*\+0x/);
        } finally {
          await trapping.remove();
        }
      },
    );

    test(`${where}: a stack that overflows is caught where it ends, and the board goes on`, { skip }, async () => {
      const endless = await on(["endless_init", "arith"], kind);
      try {
        endless.on();
        await endless.says(ARITH);
        assert.match(endless.text, /BUG: wasm trap: .*(?:stack overflow|a stack that overflowed)/);
        assert.match(endless.text, /Call Trace:[^]*\bendless\w*\+0x/);
      } finally {
        await endless.remove();
      }
    });

    test(
      `${where}: a driver that never lets go is ended by the watchdog, which restarts the board`,
      { skip },
      async () => {
        const spinning = await on(["spin_init"], kind);
        try {
          spinning.on();
          await spinning.says(
            new RegExp(
              String.raw`watchdog: no interrupt window for 10 seconds, in\s+\w*init\w*\+0x[^]*restarting[^]*kpi: ${board.name}`,
            ),
          );
        } finally {
          await spinning.remove();
        }
      },
    );
  }

  test(`${board.name}: a board whose image says so halts after a panic, and the emulator fails`, { skip }, async () => {
    const halting = await on(["spin_init"], kinds[0], true);
    try {
      const { ended } = halting.on();
      await halting.says(/watchdog: no interrupt window[^]*kpi: halted after a failure/);
      assert.equal(await ended, 1);
    } finally {
      await halting.remove();
    }
  });

  test(`${board.name}: arithmetic, branches and memory are as on the desktop`, { skip }, async () => {
    await using desktop = await Board.boot({ devices: [], modules });
    await desktop.insmod("arith");
    const expected = desktop.log.map(({ text }) => ARITH.exec(text)?.[0]).find(Boolean);
    assert.ok(expected);
    for (const kind of kinds) {
      const computing = await on(["arith"], kind);
      try {
        computing.on();
        const [said] = await computing.says(ARITH);
        assert.equal(said, expected, kind);
      } finally {
        await computing.remove();
      }
    }
  });
}
