// The boards by name.
import { KpiError } from "../host/error.ts";
import { DesktopBoard } from "./desktop/board.ts";
import type { DesktopOptions } from "./desktop/board.ts";
import type { DeviceSpec } from "./desktop/spec.ts";

export { DesktopBoard } from "./desktop/board.ts";
export type { DesktopOptions } from "./desktop/board.ts";
export { MODELS } from "./desktop/models.ts";
export { FAULTS } from "./faults.ts";
export type { Fault, FaultInjector, FaultKind } from "./faults.ts";
export { parseDeviceSpec } from "./desktop/spec.ts";
export type { DeviceSpec } from "./desktop/spec.ts";

const BOARDS = ["desktop"];

/** What a board has when nobody names a device, as `--device` takes it. */
export const DEFAULT_DEVICES: readonly string[] = ["e1000"];

/** Makes a board with its devices; it does nothing before `powerOn`. */
export function createBoard(kind: string, devices: readonly DeviceSpec[], options: DesktopOptions = {}): DesktopBoard {
  if (kind !== "desktop") throw new KpiError(`unknown board "${kind}"; known: ${BOARDS.join(", ")}`, 2);
  return new DesktopBoard(devices, options);
}
