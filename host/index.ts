// The package's programming interface.

import "./node-version.ts";
export type { Fault } from "../boards/faults.ts";
export { FrameBuffer } from "../boards/links/frame-buffer.ts";
export { LinkEnd, MAX_FRAME, type Link, type LinkServices } from "../boards/links/link.ts";
export { Middleware } from "../boards/links/middleware.ts";
export type { Alarm, Clock, Timer } from "../boards/clock.ts";
export { Board, ReportError } from "./api/board.ts";
export { buildModules, type BuildModulesOptions, type BuiltModule } from "./api/build.ts";
export type * from "./api/ethtool.ts";
export type { BoardEvents, LogLine } from "./api/events.ts";
export type { FrameMatch, ReceiveOptions } from "./api/frames.ts";
export type { Netdev, NetdevInfo, NetdevStats } from "./api/netdev.ts";
export type { BoardOptions, Device, ModuleParams } from "./api/options.ts";
export type { Peer } from "./api/peer.ts";
export type { PingOptions } from "./api/ping.ts";
export type { Report, ReportKind } from "./api/reports.ts";
export { KpiError } from "./error.ts";
export type { DeviceFile, OpenOptions, PollEvent } from "./inspect/devices.ts";
export { formatResult, parseKtap, totals, type TestResult, type Totals } from "./ktest/ktap.ts";
export { runTestModule, type TestOptions } from "./ktest/run.ts";
export type { Interrupt } from "./inspect/interrupts.ts";
export type { LoadedModule } from "./inspect/modules.ts";
export type { PciDevice } from "./inspect/pci.ts";
export type { PingResult, Rtt } from "./net/ping-statistics.ts";
export { isSupported, resolve, symbols, type Resolution, type SymbolRow } from "./symbols/index.ts";
