// kpi flash: an image onto a board, by its serial line; kpi monitor: the board's console.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { firmwareBoard, type FirmwareBoard } from "../../tools/image/boards.ts";
import { cachedFirmware } from "../../tools/image/cache.ts";
import { boardFiles, emulate, type EmulatorOptions } from "../../tools/image/emulator.ts";
import { flash, type Connect } from "../../tools/image/flash.ts";
import { openPort, reopenPort } from "../../tools/image/port.ts";
import { readSlot } from "../../tools/image/slot.ts";
import { buildFolder } from "../../tools/setup/paths.mjs";
import { systemErrorText } from "../errno.ts";
import { KpiError } from "../error.ts";
import { emulatedBoard, planFor, type BoardOptions } from "./emulated-board.ts";
import { readImageFile } from "./image.ts";
import { Interrupt } from "./interrupt.ts";

/** An emulated board with its flash in a folder, by default one where that stays as it is from run to run: the firmware
 *  of here, and slots as they are. It has all the RAM that it can have. */
export function emulated(
  board: FirmwareBoard,
  folder = join(buildFolder, board.name),
): Pick<EmulatorOptions, "board" | "files" | "ramKiB"> {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new KpiError(`cannot keep flash in ${folder}: ${systemErrorText(error)}`);
  }
  return {
    board,
    files: boardFiles(board, folder, cachedFirmware(board, board.ram.bytes).bytes),
    ramKiB: board.ram.bytes >> 10,
  };
}

/** Where a board is. */
interface Where {
  port?: string;
  emulate?: boolean;
  /** Of the emulated board's flash. */
  folder?: string;
}

function checkWhere({ port, emulate: emulated = false, folder }: Where): void {
  if ((port === undefined) === !emulated) throw new KpiError("name a --port, or --emulate", 2);
  if (folder !== undefined && !emulated) throw new KpiError("--folder is for --emulate", 2);
}

export interface FlashOptions extends Where {
  /** The image must be for it; default: whichever the image is for. */
  board?: string;
}

export async function flashCommand(file: string, options: FlashOptions): Promise<number> {
  const bytes = readImageFile(file);
  checkWhere(options);
  const { board: name } = readSlot(bytes, file);
  if (name !== (options.board ?? name)) throw new KpiError(`${file} is an image for ${name}, not for ${options.board}`);
  const board = options.emulate ? emulate(emulated(firmwareBoard(name), options.folder)) : undefined;
  let line: Duplex | undefined;
  const connect: Connect = async () => {
    if (line && board) throw new KpiError("the board is gone");
    if (line) console.error(`${options.port} is gone; waiting for it`);
    line = board?.line ?? (line ? await reopenPort(options.port!) : openPort(options.port!));
    return line;
  };
  try {
    const show = process.stderr.isTTY;
    const result = await flash(connect, bytes, file, (done, all) => {
      if (show) process.stderr.write(`\r${Math.floor((100 * done) / all)} %`);
    });
    if (show) process.stderr.write("\r");
    const lost = result.lost > 0 ? `, the line lost ${result.lost} times` : "";
    console.log(
      `slot ${result.slot}: ${result.bytes} bytes, sequence ${result.sequence}, ${result.resent} frames sent again${lost}`,
    );
    return 0;
  } finally {
    line?.destroy();
    board?.child.kill("SIGKILL");
    await board?.ended;
  }
}

export interface MonitorOptions extends BoardOptions, Where {
  board: string;
}

/** Shows the console until the line ends. */
export async function monitor(options: MonitorOptions): Promise<number> {
  checkWhere(options);
  if (options.emulate) {
    const board = firmwareBoard(options.board);
    const plan = planFor(board, options);
    return emulatedBoard(emulated(board, options.folder), plan, options, false);
  }
  const { device, link, ping } = options;
  if (device.length + link.length + ping.length > 0 || options.for !== undefined) {
    throw new KpiError("--device, --link, --ping and --for are for --emulate", 2);
  }
  const line = openPort(options.port!);
  const interrupt = new Interrupt();
  try {
    interrupt.signal.addEventListener("abort", () => line.destroy());
    line.pipe(process.stdout);
    process.stdin.pipe(line, { end: false });
    await new Promise((resolve) => line.on("close", resolve));
    if (!interrupt.signal.aborted) throw new KpiError(`${options.port} is gone`);
    return 0;
  } finally {
    process.stdin.unpipe(line);
    process.stdin.pause(); // or this process would wait for it
    interrupt.release();
  }
}
