// kpi flash: an image onto a board, by its serial line; kpi monitor: the board's console.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { DEFAULT_DEVICES } from "../../boards/index.ts";
import { loopClock } from "../../boards/links/loop-clock.ts";
import { openLinks, parseLinkSpec } from "../../boards/links/spec.ts";
import { firmwareBoard, type FirmwareBoard } from "../../tools/image/boards.ts";
import { cachedFirmware } from "../../tools/image/cache.ts";
import { Cables } from "../../tools/image/cables.ts";
import { boardFiles, createSlots, emulate, type EmulatorOptions } from "../../tools/image/emulator.ts";
import { flash, type Connect } from "../../tools/image/flash.ts";
import { openPort, reopenPort } from "../../tools/image/port.ts";
import { readSlot } from "../../tools/image/slot.ts";
import { buildFolder } from "../../tools/setup/paths.mjs";
import { KpiError } from "../error.ts";
import { makeImage, readImageFile } from "./image.ts";
import { checkPing, pingFrom } from "./ping-board.ts";

/** The flash of an emulated board stays as it is from run to run; it has all the RAM that it can have. */
function emulated(board: FirmwareBoard): Pick<EmulatorOptions, "board" | "files" | "ramKiB"> {
  const folder = join(buildFolder, board.name);
  mkdirSync(folder, { recursive: true });
  return {
    board,
    files: boardFiles(board, folder, cachedFirmware(board, board.ram.bytes).bytes),
    ramKiB: board.ram.bytes >> 10,
  };
}

export interface FlashOptions {
  /** The image must be for it; default: whichever the image is for. */
  board?: string;
  port?: string;
  emulate?: boolean;
}

export async function flashCommand(file: string, options: FlashOptions): Promise<number> {
  const bytes = readImageFile(file);
  if ((options.port === undefined) === !options.emulate) throw new KpiError("name a --port, or --emulate", 2);
  const { board: name } = readSlot(bytes, file);
  if (name !== (options.board ?? name)) throw new KpiError(`${file} is an image for ${name}, not for ${options.board}`);
  const board = options.emulate ? emulate(emulated(firmwareBoard(name))) : undefined;
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
    board?.child.kill();
    await board?.ended;
  }
}

/** Shows the console until the line ends. */
export async function monitor(options: { port: string }): Promise<number> {
  const line = openPort(options.port);
  line.pipe(process.stdout);
  process.stdin.pipe(line);
  await new Promise((resolve) => line.on("close", resolve));
  return 0;
}

export interface RunBoardOptions {
  board: string;
  device: string[];
  insmod: string[];
  link: string[];
  /** Addresses that the built-in peer pings. */
  ping: string[];
  mem: number;
  for?: number;
}

/** kpi run on such a board: image, flash and boot in one. The image is put into the flash as it would be after kpi flash. */
export async function runOnBoard(options: RunBoardOptions): Promise<number> {
  const specs = options.link.map(parseLinkSpec);
  const firmware = firmwareBoard(options.board);
  if (!firmware.pci && options.device.length + specs.length > 0) {
    throw new KpiError(`board ${firmware.name} has no PCI bus, so no --device and no --link`, 2);
  }
  const cards = options.device.length > 0 ? options.device : DEFAULT_DEVICES;
  checkPing(options.ping, firmware.pci ? cards.length : 0, specs);
  const bytes = await makeImage(firmware.name, options.insmod, options.mem, { halts: true });
  const places = emulated(firmware);
  createSlots(firmware, places.files.slots, bytes);
  const links = await openLinks(specs);
  let failure: Error | undefined;
  let stopped = false;
  const stop = (): void => {
    stopped = true;
    board.child.kill("SIGKILL");
  };
  const fail = (error: Error): void => {
    failure ??= error;
    stop();
  };
  const cables = firmware.pci ? new Cables(cards, links, fail) : undefined;
  const board = emulate({ ...places, args: cables?.args, descriptors: cables?.descriptors, once: true });
  cables?.start({ clock: loopClock, report: (message) => console.error(message), fail });
  board.line.pipe(process.stdout);
  let timer: NodeJS.Timeout | undefined;
  const then = (): void => {
    if (options.for !== undefined) timer = setTimeout(stop, options.for * 1000);
    else if (options.ping.length > 0) stop();
  };
  pingFrom(cables?.links ?? [], options.ping).then(then, fail);
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  try {
    const code = await board.ended;
    if (failure) throw failure;
    return stopped ? 0 : code;
  } finally {
    clearTimeout(timer);
    cables?.close();
  }
}
