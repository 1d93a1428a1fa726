// kpi flash: an image onto a board, by its serial line; kpi monitor: the board's console.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_DEVICES } from "../../boards/index.ts";
import { loopClock } from "../../boards/links/loop-clock.ts";
import { openLinks, parseLinkSpec } from "../../boards/links/spec.ts";
import { cachedFirmware } from "../../tools/image/cache.ts";
import { Cables } from "../../tools/image/cables.ts";
import { createFlash, emulate, type EmulatorOptions } from "../../tools/image/emulator.ts";
import { flash } from "../../tools/image/flash.ts";
import { openPort } from "../../tools/image/port.ts";
import { buildFolder } from "../../tools/setup/paths.mjs";
import { KpiError } from "../error.ts";
import { makeImage, readImageFile } from "./image.ts";

/** RAM of the emulated board. */
const EMULATED_KIB = 16 << 10;

/** The flash of the emulated board stays as it is from run to run. */
function emulatedFlash(): Pick<EmulatorOptions, "firmware" | "slots" | "ramKiB"> {
  const folder = join(buildFolder, "riscv-virt");
  mkdirSync(folder, { recursive: true });
  const firmware = join(folder, "firmware.flash");
  createFlash(firmware, cachedFirmware(EMULATED_KIB << 10).bytes);
  return { firmware, slots: join(folder, "slots.flash"), ramKiB: EMULATED_KIB };
}

export async function flashCommand(file: string, options: { port?: string; emulate?: boolean }): Promise<number> {
  const bytes = readImageFile(file);
  if ((options.port === undefined) === !options.emulate) throw new KpiError("name a --port, or --emulate", 2);
  const board = options.emulate ? emulate(emulatedFlash()) : undefined;
  try {
    const show = process.stderr.isTTY;
    const result = await flash(board?.line ?? openPort(options.port!), bytes, file, (done, all) => {
      if (show) process.stderr.write(`\r${Math.floor((100 * done) / all)} %`);
    });
    if (show) process.stderr.write("\r");
    console.log(
      `slot ${result.slot}: ${result.bytes} bytes, sequence ${result.sequence}, ${result.resent} frames sent again`,
    );
    return 0;
  } finally {
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
  device: string[];
  insmod: string[];
  link: string[];
  mem: number;
  for?: number;
}

/** kpi run --board riscv-virt: image, flash and boot in one. The image is put into the flash as it would be after kpi flash. */
export async function runOnBoard(options: RunBoardOptions): Promise<number> {
  const specs = options.link.map(parseLinkSpec);
  const bytes = await makeImage(options.insmod, options.mem, { halts: true });
  const places = emulatedFlash();
  createFlash(places.slots, bytes);
  const links = await openLinks(specs);
  let failure: Error | undefined;
  const stop = (): void => void board.child.kill();
  const fail = (error: Error): void => {
    failure ??= error;
    stop();
  };
  const models = options.device.length > 0 ? options.device : DEFAULT_DEVICES;
  const cables = new Cables(models, links, fail);
  const { args, descriptors } = cables;
  const board = emulate({ ...places, args, descriptors, once: true });
  cables.start({ clock: loopClock, report: (message) => console.error(message), fail });
  board.line.pipe(process.stdout);
  const timer = options.for === undefined ? undefined : setTimeout(stop, options.for * 1000);
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  try {
    const code = await board.ended;
    if (failure) throw failure;
    return board.child.killed ? 0 : code;
  } finally {
    clearTimeout(timer);
    cables.close();
  }
}
