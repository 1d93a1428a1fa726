// Interfaces that go and come back on the board, datagrams in fragments, and cards that QEMU's options change.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cachedImage } from "../../tools/image/cache.ts";
import { begun } from "../../tools/lab/namespace.ts";
import { node26, repoRoot } from "../../tools/setup/paths.mjs";
import { command, refused } from "../cli/process.ts";
import { fragments } from "../net/fragments.ts";
import { SKIP as skip, TestBoard } from "../firmware/board.ts";
import { build } from "../firmware/images.ts";
import { driver, e1000, options } from "./images.ts";
import { BOARD, Peer } from "./peer.ts";

await build("cycles");

const LWIP = driver("lwip", `ip=${BOARD}/24`);
const WRONG = /BUG|Oops|trap|allocation failure|WARNING/;

test("eth0 down and up 20 times, its driver from the card and back 5 times; then it answers", { skip }, async () => {
  // Its parameters are for the first card that it finds, so the others have rings of 256.
  const board = new TestBoard(await cachedImage(options([e1000(48), LWIP, driver("cycles")], 2048, "WASM")));
  const peer = await Peer.open();
  try {
    board.on(peer.card("e1000"));
    await board.says(/cycles: up again 20 times, probed again 5 times/);
    assert.equal(await peer.ping(100), 100);
    const { sent, echoed } = await peer.traffic(2);
    assert.equal(echoed, sent);
    assert.doesNotMatch(board.text, WRONG);
  } finally {
    peer.close();
    await board.remove();
  }
});

test("datagrams of up to 60000 bytes on a board with 1 MiB, each comes back as it was", { skip }, async () => {
  const board = new TestBoard(await cachedImage(options([e1000(48), LWIP])), 1024);
  const peer = await Peer.open();
  try {
    board.on(peer.card("e1000"));
    assert.equal(await peer.ping(1), 1);
    const { sent, echoed, bytes } = await peer.traffic(3, 60_000, 1);
    assert.equal(echoed, sent);
    assert.ok(bytes > 60_000, `${bytes} bytes`);
    assert.doesNotMatch(board.text, WRONG);
  } finally {
    peer.close();
    await board.remove();
  }
});

test("fragments whose packets never become whole leave a board of 512 KiB what it needs", { skip }, async () => {
  const board = new TestBoard(await cachedImage(options([e1000(48), LWIP], 512)), 512);
  const peer = await Peer.open();
  try {
    board.on(peer.card("e1000"));
    assert.equal(await peer.ping(1), 1);
    for (let id = 1; id <= 20; id++) {
      const frame = peer.host.datagram(BOARD, 7, 1000, new Uint8Array(8000));
      for (const one of fragments(frame, id).slice(1)) peer.host.send(one);
    }
    assert.equal(await peer.ping(100), 100);
    assert.doesNotMatch(board.text, WRONG);
  } finally {
    peer.close();
    await board.remove();
  }
});

test(
  "kpi run --board riscv-virt --device: fields of the header, devices without a cable, unknown ones",
  { skip },
  async () => {
    const run = ["run", "--board", "riscv-virt", "--kind", "WASM"];
    const cards = ["--device", "rtl8139,revision=0x10,mac=52:54:00:ab:cd:ef", "--device", "virtio-rng-pci"];
    const board = begun(node26, [...command, ...run, ...cards, "--insmod", "mii", "--insmod", "8139too"], {
      cwd: repoRoot,
    });
    try {
      await board.said(/8139too 0000:00:03\.0 eth0: RealTek RTL8139 at 0x\w+, 52:54:00:ab:cd:ef[^]*kpi: ready/);
      assert.match(board.out, /pci 0000:00:04\.0: \[1af4:1005\]/);
      board.child.kill("SIGINT");
      assert.equal((await board.ended).code, 0);
    } finally {
      board.child.kill("SIGKILL");
    }
    await refused(
      2,
      /qemu-system-riscv32 has no device "none-such"/,
      ...run,
      "--device",
      "none-such",
      "--insmod",
      "mii",
    );
    await refused(2, /board desktop runs no image: leave --kind out/, "run", "--kind", "WASM");
  },
);
