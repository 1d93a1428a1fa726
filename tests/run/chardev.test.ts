// Character devices from outside: /dev, and what a program would do there with open, read, write, ioctl, poll, lseek.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Board } from "../../host/index.ts";
import { buildModules } from "../../tools/kbuild/build.ts";
import { repoRoot } from "../../tools/setup/paths.mjs";

const modules = mkdtempSync(join(tmpdir(), "kpi-modules-"));
after(() => rmSync(modules, { recursive: true, force: true }));
await buildModules({ sources: [join(repoRoot, "tests/fixtures/chardev.c")], out: modules });

async function boot(): Promise<Board> {
  const board = await Board.boot({ devices: [], modules });
  await board.insmod("chardev");
  return board;
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const said = (board: Board): string[] =>
  board.log.filter(({ text: line }) => /^chardev: (open|release|taken)/.test(line)).map(({ text: line }) => line);

test("a device with a mailbox: reading waits for what is written, poll says when, ioctl goes both ways", async () => {
  await using board = await boot();
  assert.deepEqual(await board.exec("ls /dev"), ["chardev", "memory"]);
  assert.deepEqual(await board.exec("ls /dev/chardev"), ["mailbox"]);
  assert.match(await board.read("/proc/devices"), /^Character devices:\n 10 misc\n254 chardev\n\nBlock devices:\n$/);
  const reader = await board.open("/dev/chardev/mailbox", "r");
  const writer = await board.open("/dev/chardev/mailbox", "w");
  const waiting = reader.read(100);
  assert.equal(await writer.write("a letter"), 8);
  assert.equal(text(await waiting), "a letter");
  assert.deepEqual(await reader.poll(["in"], 0.5), [], "half a second later");
  assert.deepEqual(await reader.poll(["in", "out"]), ["out"]);
  const soon = reader.poll(["in"]);
  await writer.write("b");
  assert.deepEqual(await soon, ["in"]);
  await assert.rejects(writer.write("x".repeat(33)), { code: "EMSGSIZE" });
  await assert.rejects(writer.read(1), { code: "EBADF" });
  await assert.rejects(reader.seek(0), { code: "ESPIPE" });
  const pair = new Uint8Array([1, 0, 0, 0, 2, 0, 0, 0]);
  assert.equal(await reader.ioctl(0xc0086301, pair), 7);
  assert.deepEqual([...pair], [2, 0, 0, 0, 1, 0, 0, 0]);
  await assert.rejects(reader.ioctl(1), { code: "ENOTTY", message: /mailbox: Inappropriate ioctl for device/ });
  await using other = await board.open("/dev/chardev/mailbox", "r+", { nonblock: true });
  assert.equal(text(await other.read(9)), "b");
  await assert.rejects(other.read(9), { code: "EAGAIN" });
  await reader.close();
  assert.deepEqual(said(board), [
    "chardev: taken again: -16",
    "chardev: open 1:3, read 1, write 0, nonblock 0",
    "chardev: open 1:3, read 0, write 1, nonblock 0",
    "chardev: open 1:3, read 1, write 1, nonblock 1",
    "chardev: release 3",
  ]);
});

test("a device of 64 bytes: a position, its end, and a shutdown that closes what is open", async () => {
  const board = await boot();
  const memory = await board.open("/dev/memory");
  assert.equal(await memory.write("0123456789"), 10);
  assert.equal(await memory.seek(-4, "current"), 6);
  assert.equal(text(await memory.read(4)), "6789");
  assert.equal(await memory.seek(-2, "end"), 62);
  assert.equal(await memory.write("abcd"), 2);
  assert.equal((await memory.read(4)).length, 0);
  await assert.rejects(memory.seek(65), { code: "EINVAL" });
  await assert.rejects(memory.seek(-1), { code: "EINVAL" });
  assert.equal(await memory.seek(0, "current"), 64);
  await assert.rejects(memory.ioctl(1), { code: "ENOTTY" });
  await assert.rejects(board.rmmod("chardev"), { code: "EWOULDBLOCK" });
  await board.shutdown();
  assert.deepEqual(board.reports, []);
  await assert.rejects(memory.read(1), /the machine is off/);
});
