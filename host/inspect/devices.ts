// Character devices from outside: /dev, and files opened there, as a program on the board would use them.

import { KpiError } from "../error.ts";
import { errorName, errorText } from "../errno.ts";
import { cString, withBuffer } from "../machine/kernel-buffer.ts";
import type { Machine } from "../machine/machine.ts";

/** asm-generic/fcntl.h */
const O_NONBLOCK = 0x800;
const ACCESS = { r: 0, w: 1, "r+": 2 } as const;
const WHENCE = { start: 0, current: 1, end: 2 } as const;

/** linux/eventpoll.h */
const EVENTS = { in: 0x1, pri: 0x2, out: 0x4, err: 0x8, hup: 0x10 } as const;
export type PollEvent = keyof typeof EVENTS;

const EBADF = -9;
const ENAMETOOLONG = -36;

export interface OpenOptions {
  /** What cannot be done at once fails with EAGAIN, as O_NONBLOCK. */
  readonly nonblock?: boolean;
}

/** The names below /dev, sorted. @internal */
export async function deviceNodes(machine: Machine): Promise<string[]> {
  for (let size = 4096; ; size *= 4) {
    const text = await withBuffer(machine, size, async (buffer) => {
      const length = await machine.callExport("kpi_dev_list", [buffer, size]);
      return length === ENAMETOOLONG ? undefined : machine.text.read(buffer, length);
    });
    if (text !== undefined) return text.split("\n").filter(Boolean).sort();
  }
}

/** A device that somebody has opened; close it, or `await using` it. Each call fails with the code of its errno. */
export class DeviceFile implements AsyncDisposable {
  readonly path: string;
  readonly #machine: Machine;
  readonly #closed: (file: DeviceFile) => void;
  /** The struct file; 0 when closed. */
  #file: number;

  /** @internal */
  constructor(machine: Machine, path: string, file: number, closed: (file: DeviceFile) => void) {
    this.#machine = machine;
    this.path = path;
    this.#file = file;
    this.#closed = closed;
  }

  /** Reads up to `length` bytes; none: the end. Waits for as long as the driver does. */
  read(length: number): Promise<Uint8Array> {
    return withBuffer(this.#machine, Math.max(length, 1), async (buffer) => {
      const got = await this.#call("kpi_read", [buffer, length]);
      return this.#machine.text.bytes.slice(buffer, buffer + got);
    });
  }

  /** Writes bytes, or a text; how many the driver took. */
  write(data: Uint8Array | string): Promise<number> {
    const bytes = typeof data === "string" ? Buffer.from(data) : data;
    return withBuffer(this.#machine, Math.max(bytes.length, 1), async (buffer) => {
      this.#machine.text.bytes.set(bytes, buffer);
      return this.#call("kpi_write", [buffer, bytes.length]);
    });
  }

  /** A command of the driver's own. `arg` is a number, or bytes that the driver reads and may change; what it says. */
  ioctl(command: number, arg: number | Uint8Array = 0): Promise<number> {
    if (typeof arg === "number") return this.#call("kpi_ioctl", [command, arg]);
    return withBuffer(this.#machine, Math.max(arg.length, 1), async (buffer) => {
      const { bytes } = this.#machine.text;
      bytes.set(arg, buffer);
      const result = await this.#call("kpi_ioctl", [command, buffer]);
      arg.set(bytes.subarray(buffer, buffer + arg.length));
      return result;
    });
  }

  /** Waits until one of the events has come ("err" and "hup" always count), `timeout` seconds at most; which. */
  async poll(events: readonly PollEvent[], timeout = Infinity): Promise<readonly PollEvent[]> {
    const mask = events.reduce((bits, event) => bits | EVENTS[event], 0);
    const ms = timeout === Infinity ? -1 : Math.min(Math.ceil(timeout * 1000), 0x7fffffff);
    const found = await this.#call("kpi_poll", [mask, ms]);
    return (Object.keys(EVENTS) as PollEvent[]).filter((event) => (found & EVENTS[event]) !== 0);
  }

  /** Sets the position; the new one. */
  seek(offset: number, from: keyof typeof WHENCE = "start"): Promise<number> {
    return withBuffer(this.#machine, 8, async (buffer) => {
      const view = new DataView(this.#machine.memory.buffer, buffer, 8);
      view.setBigInt64(0, BigInt(offset), true);
      await this.#call("kpi_llseek", [buffer, WHENCE[from]]);
      return Number(view.getBigInt64(0, true));
    });
  }

  /** Closes it: the driver's flush() and release(). */
  async close(): Promise<void> {
    const call = this.#call("kpi_close", []);
    this.#file = 0;
    this.#closed(this);
    await call;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#file !== 0 && this.#machine.alive) await this.close();
  }

  async #call(name: string, args: number[]): Promise<number> {
    const result = this.#file === 0 ? EBADF : await this.#machine.callExport(name, [this.#file, ...args]);
    if (result < 0) throw new KpiError(`${this.path}: ${errorText(result)}`, 1, errorName(result));
    return result;
  }
}

/** The devices that are open: when the board shuts down they are closed first, as a system ends its programs. @internal */
export class OpenDevices {
  readonly #machine: Machine;
  readonly #open = new Set<DeviceFile>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** Opens a device by its path: "/dev/hwrng". */
  async open(path: string, flags: keyof typeof ACCESS = "r+", options: OpenOptions = {}): Promise<DeviceFile> {
    const machine = this.#machine;
    const name = cString(path.replace(/^\/+dev\/+/, ""));
    const file = await withBuffer(machine, name.length, async (buffer) => {
      machine.text.bytes.set(name, buffer);
      return machine.callExport("kpi_open", [buffer, ACCESS[flags] | (options.nonblock ? O_NONBLOCK : 0)]);
    });
    if (file < 0) throw new KpiError(`${path}: ${errorText(file)}`, 1, errorName(file));
    const opened = new DeviceFile(machine, path, file, (closed) => this.#open.delete(closed));
    this.#open.add(opened);
    return opened;
  }

  /** Closes them all. */
  async close(): Promise<void> {
    for (const file of [...this.#open]) await file.close();
  }
}
