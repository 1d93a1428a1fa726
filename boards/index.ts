// The boards by name.
import { KpiError } from "../host/error.ts";
import { BOARDS, type BoardKind } from "./kinds.ts";
import { DesktopBoard } from "./desktop/board.ts";
import type { DesktopOptions } from "./desktop/board.ts";
import { parseDeviceSpec } from "./desktop/spec.ts";
import type { DeviceSpec } from "./desktop/spec.ts";
import { QemuBoard } from "./qemu/board.ts";
import { parseQemuDevice } from "./qemu/devices.ts";

export { DesktopBoard } from "./desktop/board.ts";
export type { DesktopOptions } from "./desktop/board.ts";
export { MODELS } from "./desktop/models.ts";
export { FAULTS } from "./faults.ts";
export type { Fault, FaultInjector, FaultKind } from "./faults.ts";
export { parseDeviceSpec } from "./desktop/spec.ts";
export type { DeviceSpec } from "./desktop/spec.ts";

export { QemuBoard } from "./qemu/board.ts";

/** What a board has when nobody names a device, as `--device` takes it. */
export const DEFAULT_DEVICES: readonly string[] = ["e1000"];

function known(kind: string): BoardKind {
  const found = BOARDS.find((board) => board === kind);
  if (found === undefined) throw new KpiError(`unknown board "${kind}"; known: ${BOARDS.join(", ")}`, 2);
  return found;
}

/** Takes apart what `--device` has for a board. */
export function parseDevice(kind: string, text: string): DeviceSpec {
  return known(kind) === "qemu" ? parseQemuDevice(text) : parseDeviceSpec(text);
}

export interface CreateOptions extends DesktopOptions {
  /** Arguments for QEMU, beside the board's own. */
  readonly qemu?: readonly string[];
}

/** Makes a board with its devices; it does nothing before `powerOn`. */
export function createBoard(kind: "desktop", devices: readonly DeviceSpec[], options?: DesktopOptions): DesktopBoard;
export function createBoard(
  kind: string,
  devices: readonly DeviceSpec[],
  options?: CreateOptions,
): DesktopBoard | QemuBoard;
export function createBoard(
  kind: string,
  devices: readonly DeviceSpec[],
  { qemu = [], ...options }: CreateOptions = {},
): DesktopBoard | QemuBoard {
  if (known(kind) === "qemu") return new QemuBoard(devices, options.links, qemu);
  if (qemu.length > 0) throw new KpiError(`arguments for QEMU are for board qemu; this one is ${kind}`, 2);
  return new DesktopBoard(devices, options);
}
