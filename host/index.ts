// The package's programming interface.

export { resolve, isSupported, symbols } from "./symbols/index.ts";
export type { Resolution, SymbolRow } from "./symbols/index.ts";
export { System, type SystemOptions } from "./system.ts";
export { Console } from "./console/console.ts";
export { ModuleStore } from "./loader/store.ts";
export { KpiError } from "./error.ts";
export type { Flavour } from "./flavour.ts";
export { createBoard, parseDeviceSpec } from "../boards/index.ts";
