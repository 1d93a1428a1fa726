// Core and drivers on the board: linked, compiled, booted, with a cable to this process.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Board } from "../../host/index.ts";
import { buildCore } from "../../tools/build/core.ts";
import { cachedImage } from "../../tools/image/cache.ts";
import { memoryOf } from "../../tools/image/firmware.ts";
import { buildImage, type ImageOptions } from "../../tools/image/image.ts";
import type { Driver } from "../../tools/image/link.ts";
import { KINDS, readSlot, sha256, type Kind } from "../../tools/image/slot.ts";
import { buildModules } from "../../tools/kbuild/build.ts";
import { repoRoot } from "../../tools/setup/paths.mjs";
import { SKIP as skip, TestBoard } from "./board.ts";
import { Peer } from "./peer.ts";

const modules = mkdtempSync(join(tmpdir(), "kpi-board-modules-"));
after(() => rmSync(modules, { recursive: true }));
const sources = [
  "drivers/net/ethernet/intel/e1000",
  ...["trap_init", "spin_init", "arith"].map((name) => join(repoRoot, `tests/fixtures/${name}.c`)),
];
await buildModules({ sources, out: modules });
const { file: core } = await buildCore("release");

const driver = (name: string, args = ""): Driver => ({ name, file: join(modules, `${name}.ko`), args });
const rings = (count: number): string => `RxDescriptors=${count} TxDescriptors=${count}`;
const E1000 = driver("e1000", rings(48));
const options = (drivers: readonly Driver[], ramKiB = 1024, kind: Kind = "AOT-rv32"): ImageOptions => ({
  core,
  drivers,
  kind,
  memoryBytes: memoryOf(ramKiB << 10, kind),
  sequence: 1,
});

test("an image is the same bytes each time, and names what it is made of", { skip }, async () => {
  const cached = await cachedImage(options([E1000]));
  assert.equal(sha256(await buildImage(options([E1000]))).toString("hex"), sha256(cached).toString("hex"));
  const { sources: named, body } = readSlot(cached, "image");
  assert.deepEqual(
    named.map(({ name }) => name),
    ["kpi.wasm", "e1000.ko"],
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
      const board = new TestBoard(await cachedImage(options([driver("e1000", rings(count))], ramKiB, kind)), ramKiB);
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
      const board = new TestBoard(await cachedImage(options([driver("trap_init"), E1000], 1024, kind)));
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
