// kpi image, flash and run for boards with firmware, as a user meets them.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { kpi, refused } from "../cli/process.ts";
import { blank } from "./blank.ts";
import { BOARDS } from "./board.ts";
import { faulty } from "./faulty.ts";

const insmod = (last?: string): string[] =>
  faulty(last).flatMap(({ file, args }) => ["--insmod", file, ...args.split(" ").filter(Boolean)]);

const folder = mkdtempSync(join(tmpdir(), "kpi-command-"));
after(() => rmSync(folder, { recursive: true }));

test("what a board does not have is refused in one line", async () => {
  const m3 = ["--board", "mps2-an385"];
  const kinds = /board mps2-an385 runs images of kind AOT-thumb2 or WASM, not AOT-rv32/;
  await refused(2, kinds, "image", ...m3, "--kind", "AOT-rv32");
  await refused(2, /board mps2-an385 has 4096 KiB of RAM, not 8192/, "image", ...m3, "--mem", "8192");
  await refused(2, /board mps2-an385 has 4096 KiB of RAM, not 65536/, "run", ...m3, "--mem", "64");
  await refused(2, /has no PCI bus, so no --pci/, "image", ...m3, "--pci", "10ec:8139,revision=0x10");
  await refused(2, /has no PCI bus, so no --device and no --link/, "run", ...m3, "--device", "e1000");
  await refused(2, /has no PCI bus, so no --device and no --link/, "run", ...m3, "--link", "peer");
  await refused(2, /name the address of the board/, "monitor", "--emulate", ...m3, "--ping", "peer");
  await refused(2, /--ping needs a cable/, "monitor", "--emulate", ...m3, "--ping", "10.0.2.15");
  await refused(2, /--ping and --for are for --emulate/, "monitor", "--port", "/dev/null", "--ping", "10.0.2.15");
  await refused(2, /--folder is for --emulate/, "monitor", "--port", "/dev/null", "--folder", folder);
  await refused(2, /Allowed choices are riscv-virt, mps2-an385/, "image", "--board", "desktop");
});

for (const { board, skip } of BOARDS) {
  test(`an image for ${board.name} is flashed onto that board, and onto no other one`, { skip }, async () => {
    const [other] = BOARDS.filter((one) => one.board !== board);
    const file = join(folder, `${board.name}.img`);
    writeFileSync(file, blank(board, { bytes: 400 }));
    const message = new RegExp(`is an image for ${board.name}, not for ${other!.board.name}`);
    const emulate = ["--emulate", "--folder", join(folder, board.name)];
    await refused(1, /cannot keep flash in .*: /, "flash", file, "--emulate", "--folder", file);
    await refused(1, message, "flash", file, ...emulate, "--board", other!.board.name);
    const flashed = await kpi("flash", file, ...emulate);
    assert.match(flashed.out, /^slot [01]: 400 bytes, sequence \d+, \d+ frames sent again\n$/, flashed.err);
  });

  test(`kpi image says what is in an image for ${board.name}`, { skip }, async () => {
    const file = join(folder, `faulty-${board.name}.img`);
    const made = await kpi("image", "--board", board.name, ...insmod(), "-o", file);
    assert.equal(made.code, 0, made.err);
    const told = await kpi("image", "--info", file);
    assert.match(told.out, new RegExp(`^board: +${board.name}\nkind: +${board.native}\n`));
    assert.match(told.out, /^flash: +[\d.]+ KiB: code and data [\d.]+ KiB, names [\d.]+ KiB$/m);
    assert.match(
      told.out,
      /^memory: +984\.0 KiB: core and drivers at most [\d.]+ KiB, the arena gets the rest; beside it firmware 40\.0 KiB$/m,
    );
    assert.match(told.out, /^panic: +restart\n/m);
    const { length } = readFileSync(file);
    assert.match(
      told.out,
      new RegExp(`^body: +${length - 1024} bytes, CRC-32 [0-9a-f]{8}\n +sha256 [0-9a-f]{64}\n`, "m"),
    );
    assert.match(made.out, /^firmware: +[\d.]+ KiB of flash/m);
    assert.equal(made.out.replace(/^firmware.*\n/m, ""), told.out);
  });

  test(`kpi run --board ${board.name} fails when the board halts after a panic`, { skip }, async () => {
    const { code, out } = await kpi("run", "--board", board.name, ...insmod("panics=1"));
    assert.match(out, new RegExp(`^kpi: ${board.name}\r\n[^]*Kernel panic[^]*^kpi: halted after a failure\r\n$`, "m"));
    assert.equal(code, 1);
  });
}
