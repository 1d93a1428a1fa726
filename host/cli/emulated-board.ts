// An emulated board in front of whoever called: its console on stdout, its cables to links of this process.

import { DEFAULT_DEVICES } from "../../boards/index.ts";
import { loopClock } from "../../boards/links/loop-clock.ts";
import { openLinks, parseLinkSpec, type LinkSpec } from "../../boards/links/spec.ts";
import { parseQemuDevice, placeDevices, type QemuDevice } from "../../boards/qemu/devices.ts";
import type { FirmwareBoard } from "../../tools/image/boards.ts";
import { Cables } from "../../tools/image/cables.ts";
import { emulate, isCard, type EmulatorOptions } from "../../tools/image/emulator.ts";
import { KpiError } from "../error.ts";
import { checkPing, pingFrom } from "./ping-board.ts";

export interface BoardOptions {
  device: string[];
  link: string[];
  /** Addresses that the built-in peer pings; then the board is switched off. */
  ping: string[];
  /** Seconds after which it is switched off, behind what is pinged. */
  for?: number | undefined;
}

/** What a board's bus has. */
export interface Plan {
  devices: readonly QemuDevice[];
  /** Those with a cable. */
  cards: readonly QemuDevice[];
  links: readonly LinkSpec[];
}

/** What was asked for, each device in its place; no --device: what every board has. */
export function planFor(board: FirmwareBoard, { device, link, ping }: BoardOptions): Plan {
  if (!board.pci && device.length + link.length > 0) {
    throw new KpiError(`board ${board.name} has no PCI bus, so no --device and no --link`, 2);
  }
  const specs = (device.length > 0 ? device : DEFAULT_DEVICES).map(parseQemuDevice);
  const devices = board.pci ? placeDevices(specs) : [];
  const cards = devices.filter(({ peer, model }) => peer && isCard(board, model));
  const links = link.map(parseLinkSpec);
  checkPing(ping, cards.length, links);
  return { devices, cards, links };
}

/** Switches the board on, until it ends or is ended; the exit code. `once`: a reset ends it. */
export async function emulatedBoard(
  places: Pick<EmulatorOptions, "board" | "files" | "ramKiB">,
  { devices, cards, links: specs }: Plan,
  { ping, for: seconds }: Pick<BoardOptions, "ping" | "for">,
  once: boolean,
): Promise<number> {
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
  const cables = places.board.pci ? new Cables(devices, cards, links, fail) : undefined;
  const board = emulate({ ...places, args: cables?.args, descriptors: cables?.descriptors, once });
  let timer: NodeJS.Timeout | undefined;
  let asked = ping.length > 0;
  const pinged = (there: boolean): void => {
    if (!there) return;
    asked = false;
    if (seconds !== undefined) timer = setTimeout(stop, seconds * 1000);
    else if (ping.length > 0) stop();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stop);
  try {
    cables?.start({ clock: loopClock, report: (message) => console.error(message), fail });
    board.line.pipe(process.stdout);
    if (!once) process.stdin.pipe(board.line, { end: false });
    pingFrom(cables?.links ?? [], ping, board.ended).then(pinged, fail);
    const code = await board.ended;
    if (failure) throw failure;
    if (stopped) return 0;
    if (asked && code === 0) throw new KpiError("the board ended before all pings were answered");
    return code;
  } finally {
    stop();
    await board.ended;
    process.stdin.unpipe(board.line);
    process.stdin.pause(); // or this process would wait for it
    clearTimeout(timer);
    cables?.close();
  }
}
