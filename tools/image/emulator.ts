// A board of QEMU's: qemu-system-riscv32 -M virt with the firmware in its first flash, and slots in the second.

import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, existsSync, ftruncateSync, openSync, writeSync } from "node:fs";
import type { Duplex } from "node:stream";
import { joined } from "./joined.ts";
import { findProgram } from "../../boards/qemu/program.ts";
import { KpiError } from "../../host/error.ts";

const QEMU = "qemu-system-riscv32";

/** QEMU wants flash files of exactly this size. */
const FLASH_BYTES = 32 << 20;
const ERASED = Buffer.alloc(1 << 20, 0xff);
export const SLOT_BYTES = 0x400000;
const SLOT_COUNT = 2;

/** A file of flash as it is after an erase where slots lie, with `contents` at its start. */
export function createFlash(file: string, contents: Buffer = Buffer.alloc(0)): void {
  const handle = openSync(file, "w");
  try {
    for (let at = 0; at < SLOT_BYTES * SLOT_COUNT; at += ERASED.length) writeSync(handle, ERASED, 0, ERASED.length, at);
    writeSync(handle, contents, 0, contents.length, 0);
    ftruncateSync(handle, FLASH_BYTES);
  } finally {
    closeSync(handle);
  }
}

export interface EmulatorOptions {
  firmware: string;
  slots: string;
  ramKiB: number;
  /** More of QEMU's arguments: devices, links. */
  args?: readonly string[];
  /** What it inherits behind stdin, stdout and stderr. */
  descriptors?: readonly number[];
  /** Whether a reset ends it. */
  once?: boolean;
}

export interface Emulator {
  child: ChildProcess;
  /** The serial line. */
  line: Duplex;
  /** Resolves when it has ended. */
  ended: Promise<number>;
}

export function emulate(options: EmulatorOptions): Emulator {
  if (!existsSync(options.slots)) createFlash(options.slots);
  const drive = (unit: number, file: string): string[] => [
    "-drive",
    `if=pflash,unit=${unit},format=raw,file=${file.replaceAll(",", ",,")}`,
  ];
  const args = [
    ...[
      "-M",
      "virt",
      "-m",
      `${options.ramKiB}K`,
      "-bios",
      "none",
      "-display",
      "none",
      "-monitor",
      "none",
      "-serial",
      "stdio",
    ],
    ...drive(0, options.firmware),
    ...drive(1, options.slots),
    ...(options.once ? ["-no-reboot"] : []),
    ...(options.args ?? []),
  ];
  const qemu = findProgram(QEMU);
  if (!qemu) throw new KpiError(`${QEMU} is not installed; as root: apt-get install qemu-system-misc`);
  // It ends with this process, whatever ends that.
  const keeper = findProgram("setpriv");
  const [command, ...before] = keeper ? [keeper, "--pdeathsig", "KILL", "--", qemu] : [qemu];
  const child = spawn(command!, [...before, ...args], {
    stdio: ["pipe", "pipe", "inherit", ...(options.descriptors ?? [])],
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 1));
  });
  // Whoever writes to a board that is off does not hear of it.
  child.stdin!.on("error", () => {});
  return { child, line: joined(child.stdout!, child.stdin!), ended };
}
