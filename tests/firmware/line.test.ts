// A serial line that is lost while an image is written, and a real port: a PTY that QEMU makes.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createConnection, type Socket } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { FirmwareBoard } from "../../tools/image/boards.ts";
import { flash } from "../../tools/image/flash.ts";
import { FrameReader } from "../../tools/image/serial.ts";
import { begun } from "../../tools/lab/namespace.ts";
import { node26, repoRoot } from "../../tools/setup/paths.mjs";
import { kpi } from "../cli/process.ts";
import { blank, RAM_KIB, small } from "./blank.ts";
import { BOARDS, TestBoard } from "./board.ts";

/** A line to a board whose emulator may not listen yet. */
async function connected(path: string): Promise<Socket> {
  for (let tries = 1200; ; tries--) {
    const line = createConnection(path);
    const failed = await new Promise<Error | undefined>((resolve) =>
      line.once("connect", () => resolve(undefined)).once("error", resolve),
    );
    if (!failed) return line;
    if (tries === 0) throw failed;
    await delay(50);
  }
}

/** Lines end with so many answers to what changes the board: the erase, writes. */
const LIFETIMES = [1, 5, 10];

class BadLines {
  // It has nothing to boot, so it waits for a line.
  readonly board: TestBoard;
  /** How far the writing had come, whenever it went on. */
  readonly parts: number[] = [];
  readonly #image: Buffer;
  #lines: Socket[] = [];

  constructor(board: FirmwareBoard) {
    this.board = new TestBoard(Buffer.alloc(0), RAM_KIB, board);
    this.#image = blank(board, { bytes: 64 * 1024, text: "new" });
  }

  get #path(): string {
    return join(this.board.folder, "line");
  }

  on(): void {
    this.board.on([], `unix:${this.#path},server=on,wait=off`);
  }

  async connect(): Promise<Socket> {
    const line = await connected(this.#path);
    let left = LIFETIMES[this.#lines.length] ?? Infinity;
    this.#lines.push(line);
    this.board.hear(line);
    const reader = new FrameReader(({ type, data }) => {
      if (type === "A" && data.length === 0 && --left === 0) line.destroy();
    });
    line.on("data", (chunk: Buffer) => reader.push(chunk));
    return line;
  }

  flash(connect = (): Promise<Socket> => this.connect()): ReturnType<typeof flash> {
    return flash(connect, this.#image, "new.img", (done) => this.parts.push(done));
  }

  async remove(): Promise<void> {
    for (const line of this.#lines) line.destroy();
    await this.board.remove();
  }
}

for (const { board, skip } of BOARDS) {
  test(
    `${board.name}: a line that is lost is opened again, and nothing that the board has is written twice`,
    { skip },
    async () => {
      const lines = new BadLines(board);
      try {
        lines.on();
        const { slot, sequence, lost } = await lines.flash();
        assert.deepEqual([slot, sequence, lost], [0, 1, LIFETIMES.length]);
        assert.deepEqual(
          lines.parts,
          [...new Set(lines.parts)].sort((a, b) => a - b),
        );
        await lines.board.says(/slot 0, sequence 1/);
      } finally {
        await lines.remove();
      }
    },
  );

  test(
    `${board.name}: a board that was reset while its line was lost is written to from the beginning`,
    { skip },
    async () => {
      const lines = new BadLines(board);
      try {
        lines.on();
        let opened = 0;
        const { sequence, lost } = await lines.flash(async () => {
          if (++opened === 3) {
            await lines.board.off();
            lines.on();
          }
          return lines.connect();
        });
        assert.deepEqual([sequence, lost], [1, LIFETIMES.length]);
        assert.ok(lines.parts.lastIndexOf(lines.parts[0]!) > 0, "it began once only");
        await lines.board.says(/slot 0, sequence 1/);
      } finally {
        await lines.remove();
      }
    },
  );

  test(`${board.name}: kpi flash --port`, { skip }, async () => {
    const tested = new TestBoard(Buffer.alloc(0), RAM_KIB, board);
    try {
      tested.on([], "pty");
      const [, port] = await tested.says(/redirected to (\/dev\/pts\/\d+)/);
      const file = join(tested.folder, "new.img");
      writeFileSync(file, small(board, 0, "new"));
      const { code, out, err } = await kpi("flash", file, "--port", port!);
      assert.deepEqual([code, err], [0, ""]);
      assert.match(out, /^slot 0: 4116 bytes, sequence 1, 0 frames sent again\n$/);
      const wrong = await kpi("flash", file, "--port", file);
      assert.deepEqual([wrong.code, wrong.err], [1, `kpi: ${file} is no serial port\n`]);
      const absent = await kpi("flash", file, "--port", "/dev/ttyNONE");
      assert.deepEqual([absent.code, absent.err], [1, "kpi: cannot open /dev/ttyNONE: No such file or directory\n"]);
    } finally {
      await tested.remove();
    }
  });

  test(
    `${board.name}: kpi monitor --port shows the console until it is interrupted, or the port has gone`,
    { skip },
    async () => {
      // What it boots is no code, so it starts again and again.
      const tested = new TestBoard(small(board, 1, "old"), RAM_KIB, board);
      const monitor = (port: string): ReturnType<typeof begun> =>
        begun(node26, ["--import", "tsx", join(repoRoot, "host/cli/main.ts"), "monitor", "--port", port], {
          cwd: repoRoot,
          input: "~",
        });
      try {
        tested.on([], "pty");
        const [, port] = await tested.says(/redirected to (\/dev\/pts\/\d+)/);
        const interrupted = monitor(port!);
        await interrupted.said(/slot 0, sequence 1[^]*slot 0, sequence 1/);
        interrupted.child.kill("SIGINT");
        assert.equal((await interrupted.ended).code, 0);
        const left = monitor(port!);
        await left.said(/slot 0, sequence 1/);
        await tested.off();
        const { code, err } = await left.ended;
        assert.deepEqual([code, err], [1, `kpi: ${port} is gone\n`]);
      } finally {
        await tested.remove();
      }
    },
  );
}
