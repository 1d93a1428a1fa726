// What a Board tells whoever listens: `board.on("log", …)`.

import type { Report } from "./reports.ts";

/** One line of the kernel log. */
export interface LogLine {
  /** 0 (KERN_EMERG) to 7 (KERN_DEBUG). */
  readonly level: number;
  /** Board time at which it was printed, seconds. */
  readonly time: number;
  readonly text: string;
}

export interface BoardEvents {
  log: [line: LogLine];
  /** A module's init has succeeded, or the module has been unloaded. */
  module: [event: { readonly name: string; readonly loaded: boolean }];
  /** An interface has got or lost carrier. */
  link: [event: { readonly netdev: string; readonly up: boolean }];
  /** A frame went to an interface's driver (tx), or came from it (rx), as AF_PACKET shows them. */
  frame: [event: { readonly netdev: string; readonly direction: "rx" | "tx"; readonly frame: Uint8Array }];
  /** An oops, a panic, a warning, a leak …: whatever the kernel complains about. */
  report: [report: Report];
}
