// A board of QEMU's: the firmware where the board has it, and slots in a file.

import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { closeSync, existsSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Duplex, Readable } from "node:stream";
import { findProgram } from "../../boards/qemu/program.ts";
import { KpiError } from "../../host/error.ts";
import { TEST_TOOLS } from "../setup/test-tools.mjs";
import { SLOT_BYTES, SLOT_COUNT, type Files, type FirmwareBoard } from "./boards.ts";
import { joined } from "./joined.ts";

const ERASED = Buffer.alloc(1 << 20, 0xff);

/** A file of `bytes` at least, `contents` at its start; `erased`: so much of it is as after an erase. */
function createFile(file: string, contents: Uint8Array, bytes: number, erased: number): void {
  const handle = openSync(file, "w");
  try {
    for (let at = 0; at < erased; at += ERASED.length) writeSync(handle, ERASED, 0, ERASED.length, at);
    writeSync(handle, contents, 0, contents.length, 0);
    ftruncateSync(handle, Math.max(bytes, contents.length));
  } finally {
    closeSync(handle);
  }
}

/** The memory that slots lie in as a file, with `contents` at its start. */
export function createSlots({ emulation }: FirmwareBoard, file: string, contents: Buffer = Buffer.alloc(0)): void {
  createFile(file, contents, emulation.slotsBytes, SLOT_BYTES * SLOT_COUNT);
}

/** The files of an emulated board in a folder; the firmware is written, slots are what they were. */
export function boardFiles({ emulation }: FirmwareBoard, folder: string, firmware: Uint8Array): Files {
  const files = { firmware: join(folder, "firmware"), slots: join(folder, "slots") };
  createFile(files.firmware, firmware, emulation.firmwareBytes, 0);
  return files;
}

function emulator({ emulation: { program } }: FirmwareBoard): string {
  const qemu = findProgram(program);
  if (!qemu) throw new KpiError(`${program} is not installed; as root: apt-get install ${TEST_TOOLS[program]}`);
  return qemu;
}

/** Whether a model of QEMU's has a connector for a cable. */
export function isCard(board: FirmwareBoard, model: string): boolean {
  const { stdout } = spawnSync(emulator(board), ["-M", "none", "-device", `${model},help`], { encoding: "utf8" });
  if (stdout === "") {
    const { program } = board.emulation;
    throw new KpiError(`${program} has no device "${model}"; it lists those that it has with: -device help`, 2);
  }
  return /^\s*netdev=/m.test(stdout);
}

export interface EmulatorOptions {
  board: FirmwareBoard;
  files: Files;
  ramKiB: number;
  /** More of QEMU's arguments: devices, links. */
  args?: readonly string[] | undefined;
  /** What it inherits behind stdin, stdout and stderr. */
  descriptors?: readonly number[] | undefined;
  /** What its serial line is, as QEMU's -serial has it; default: `line` of the Emulator. */
  serial?: string | undefined;
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

// Whole lines: the rest of one may come later.
const HALTED = /^kpi: halted( after a failure)?\r?\n/m;

/** Calls `halted` when a board says that it has, with the exit code of one that could have switched itself off. */
export function watchConsole(console: Readable, halted: (code: number) => void): void {
  let last = "";
  console.on("data", (chunk: Buffer) => {
    last += chunk.toString("latin1");
    const found = HALTED.exec(last);
    if (found) halted(found[1] ? 1 : 0);
    last = last.slice(last.lastIndexOf("\n") + 1);
  });
}

export function emulate(options: EmulatorOptions): Emulator {
  const { board, files } = options;
  const { powersOff } = board.emulation;
  if (!existsSync(files.slots)) createSlots(board, files.slots);
  const args = [
    ...board.emulation.args(files, options.ramKiB),
    ...["-serial", options.serial ?? "stdio"],
    ...(options.once ? ["-no-reboot"] : []),
    ...(options.args ?? []),
  ];
  const qemu = emulator(board);
  // It ends with this process, whatever ends that.
  const keeper = findProgram("setpriv");
  const [command, ...before] = keeper ? [keeper, "--pdeathsig", "KILL", "--", qemu] : [qemu];
  const child = spawn(command!, [...before, ...args], {
    stdio: ["pipe", "pipe", "inherit", ...(options.descriptors ?? [])],
  });
  let halted = 1;
  if (!powersOff) {
    watchConsole(child.stdout!, (code) => {
      halted = code;
      child.kill("SIGKILL");
    });
  }
  const ended = new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? halted));
  });
  // Whoever writes to a board that is off does not hear of it.
  child.stdin!.on("error", () => {});
  return { child, line: joined(child.stdout!, child.stdin!), ended };
}
