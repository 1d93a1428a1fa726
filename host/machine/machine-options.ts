// What a machine is made of, and whom it tells what happens.

import type { BoardHardware } from "../../boards/board.ts";

/** What the machine tells whoever listens. All are called from inside the machine: be quick, do not call back. */
export interface MachineEvents {
  /** One finished log line that passed console_loglevel. */
  log(level: number, line: string): void;
  /** A frame reached the top of the stack of interface `ifindex`; valid during the call. False: there is no room for it,
   *  it is lost. */
  netReceive(ifindex: number, frame: Uint8Array): boolean;
  /** A packet ring that was full has room. */
  netRoom(ring: number): void;
  /** A netdevice notifier, NETDEV_*. */
  netEvent(ifindex: number, event: number): void;
}

export interface MachineOptions {
  board: BoardHardware;
  /** kpi.wasm. */
  core: Uint8Array<ArrayBuffer>;
  memoryMiB: number;
  /** 1 to CPU_MAX; more than one need the real clock. */
  cpus: number;
  virtualClock: boolean;
  /** Whether all that could wake a task lives in this process. */
  closed: boolean;
  /** Of the randomness under the virtual clock; default 0. */
  seed?: number | undefined;
  logLevel: number;
  events: MachineEvents;
}
