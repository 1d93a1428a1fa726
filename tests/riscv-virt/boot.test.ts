// Core and drivers on the board: linked, compiled, booted, with a cable to this process.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Board } from "../../host/index.ts";
import { cachedImage } from "../../tools/image/cache.ts";
import { buildImage } from "../../tools/image/image.ts";
import { KINDS, readSlot, sha256 } from "../../tools/image/slot.ts";
import { SKIP as skip, TestBoard } from "./board.ts";
import { driver, e1000, modules, options } from "./images.ts";
import { BOARD, Peer } from "./peer.ts";

const E1000 = e1000(48);
const LWIP = driver("lwip", `ip=${BOARD}/24`);

test("an image is the same bytes each time, and names what it is made of", { skip }, async () => {
  const cached = await cachedImage(options([E1000, LWIP]));
  assert.equal(sha256(await buildImage(options([E1000, LWIP]))).toString("hex"), sha256(cached).toString("hex"));
  const { sources: named, body } = readSlot(cached, "image");
  assert.deepEqual(
    named.map(({ name }) => name),
    ["kpi.wasm", "e1000.ko", "lwip.ko"],
  );
  assert.ok(body.length < 640 * 1024, `${body.length} bytes of flash`);
});

for (const [count, ramKiB, kind] of [
  [256, 1024, "AOT-rv32"],
  [48, 512, "AOT-rv32"],
  [48, 1024, "WASM"],
] as const) {
  test(
    `${kind}: e1000 with rings of ${count} on a board with ${ramKiB} KiB of RAM: every ping is answered`,
    { skip },
    async () => {
      const board = new TestBoard(await cachedImage(options([e1000(count), LWIP], ramKiB, kind)), ramKiB);
      const peer = await Peer.open();
      try {
        board.on(peer.card("e1000"));
        await board.says(/e1000: eth0 NIC Link is Up 1000 Mbps/);
        assert.equal(await peer.ping(1000), 1000);
        assert.doesNotMatch(board.text, /BUG|Oops|trap|allocation failure/);
      } finally {
        peer.close();
        await board.remove();
      }
    },
  );
}

for (const kind of KINDS) {
  test(
    `${kind}: a driver that traps is reported with the names of its functions, and the board goes on`,
    { skip },
    async () => {
      const board = new TestBoard(await cachedImage(options([driver("trap_init"), E1000, LWIP], 1024, kind)));
      const peer = await Peer.open();
      try {
        board.on(peer.card("e1000"));
        await board.says(/Link is Up/);
        assert.match(board.text, /BUG: wasm trap: /);
        assert.match(board.text, /Call Trace:[^]* (?:trap_init|init_module)\w*\+0x/);
        assert.equal(await peer.ping(3), 3);
      } finally {
        peer.close();
        await board.remove();
      }
    },
  );
}

for (const kind of KINDS) {
  test(
    `${kind}: a driver that never lets go is ended by the watchdog, which restarts the board`,
    { skip },
    async () => {
      const board = new TestBoard(await cachedImage(options([driver("spin_init")], 1024, kind)));
      try {
        board.on();
        await board.says(
          /watchdog: no interrupt window for 10 seconds, in\s+\w*init\w*\+0x[^]*restarting[^]*kpi: riscv-virt/,
        );
      } finally {
        await board.remove();
      }
    },
  );
}

test("a board whose image says so halts after a panic, and the emulator fails", { skip }, async () => {
  const board = new TestBoard(await cachedImage({ ...options([driver("spin_init")]), halts: true }));
  try {
    const { ended } = board.on();
    await board.says(/watchdog: no interrupt window[^]*kpi: halted/);
    assert.equal(await ended, 1);
  } finally {
    await board.remove();
  }
});

test(
  "arithmetic, branches and memory are the same on the desktop, as machine code and interpreted",
  { skip },
  async () => {
    await using desktop = await Board.boot({ devices: [], modules });
    await desktop.insmod("arith");
    const expected = desktop.log.map(({ text }) => /arith: [0-9a-f]{16}/.exec(text)?.[0]).find(Boolean);
    assert.ok(expected);
    for (const kind of KINDS) {
      const board = new TestBoard(await cachedImage(options([driver("arith")], 1024, kind)));
      try {
        board.on();
        const [said] = await board.says(/arith: [0-9a-f]{16}/);
        assert.equal(said, expected, kind);
      } finally {
        await board.remove();
      }
    }
  },
);
