// QEMU as a child: started with descriptors only, so that nothing of it has a name in any file system, and with orders to
// die when this process does, however that ends.
//
//   0, 1   qtest: what it reads, what it writes      3   RAM         5    monitor
//   2      its complaints                            4   firmware    6…   a socket for each network card

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, writeSync } from "node:fs";
import { Socket } from "node:net";
import { KpiError } from "../../host/error.ts";
import type { NativeFd } from "../../host/native/fd.ts";
import { createMemoryFile } from "../../host/native/shared-memory.ts";
import { deviceArgument, has, learn, type QemuDevice } from "./devices.ts";
import { parkingFirmware } from "./firmware.ts";
import { messageDevices } from "./messages.ts";
import { Monitor, monitorArguments } from "./monitor.ts";
import { findProgram, findQemu, lastWords, refusal } from "./program.ts";
import { Qtest } from "./qtest.ts";

export const PURPOSE = "board qemu";

const RAM_FD = 3;
const FIRMWARE_FD = 4;
const MONITOR_FD = 5;
const FIRST_CABLE_FD = 6;

const INPUT_BYTES = 65536;
/** Of what QEMU has said on stderr, so much is kept. */
const COMPLAINT_BYTES = 16384;
/** How long the last words of a QEMU that has ended may take, ms. */
const LAST_WORDS_MS = 1000;

export interface ProcessHooks {
  /** An interrupt input of the IOAPIC changed. */
  irq(line: number, raised: boolean): void;
  /** QEMU takes its time for an answer: called every so often. */
  waiting(): void;
  /** The event loop has taken what QEMU wrote. */
  received(): void;
  /** QEMU has ended, or speaks nonsense; not while the board waits for an answer, which then throws the same. */
  failed(error: Error): void;
}

/** One end of what leads to a network card: a stream of frames. */
export interface CardSocket {
  readonly device: QemuDevice;
  /** What -netdev calls the other end. */
  readonly netdev: string;
  readonly fd: number;
}

export class QemuProcess {
  readonly qtest: Qtest;
  /** For the devices that turned out to be network cards. */
  readonly cards: readonly CardSocket[];
  readonly #child: ChildProcess;
  readonly #native: NativeFd;
  readonly #stderr: number;
  readonly #output: number;
  readonly #file: string;
  #socket: Socket | undefined;
  #stderrSocket: Socket | undefined;
  #said = "";
  readonly #monitor: Monitor;
  #input: number;
  #running = false;
  #closed = false;

  private constructor(
    native: NativeFd,
    devices: readonly QemuDevice[],
    extra: readonly string[],
    ram: number,
    bytes: number,
    hooks: ProcessHooks,
  ) {
    this.#native = native;
    this.#file = findQemu();
    const keeper = findProgram("setpriv");
    if (!keeper) {
      throw new KpiError("board qemu needs setpriv, which lets QEMU end with it; Debian has it in package util-linux");
    }
    const firmware = createMemoryFile(PURPOSE, "kpi-firmware", 0);
    writeSync(firmware, parkingFirmware());
    const [stdin, output] = native.pipe();
    const [input, stdout] = native.pipe();
    const [complaints, stderr] = native.pipe();
    const cards: CardSocket[] = [];
    const theirs: number[] = [];
    const [monitor, theirMonitor] = native.socketPair();
    const args = [...machineArguments(bytes), ...monitorArguments(MONITOR_FD), ...messageDevices(), ...extra];
    for (const [index, device] of devices.entries()) {
      let netdev: string | undefined;
      if (device.peer && has(device.model, "netdev")) {
        const [fd, their] = native.socketPair();
        netdev = `net${index}`;
        args.push("-netdev", `stream,id=${netdev},server=off,addr.type=fd,addr.str=${FIRST_CABLE_FD + theirs.length}`);
        cards.push({ device, netdev, fd });
        theirs.push(their);
      }
      args.push("-device", deviceArgument(device, netdev));
    }
    this.#child = spawn(keeper, ["--pdeathsig", "KILL", "--", this.#file, ...args], {
      // Ctrl-C at a terminal is for us: the board then shuts down in order.
      detached: true,
      stdio: [stdin, stdout, stderr, ram, firmware, theirMonitor, ...theirs],
    });
    for (const fd of [stdin, stdout, stderr, firmware, theirMonitor, ...theirs]) closeSync(fd);
    this.cards = cards;
    this.#stderr = complaints;
    this.#output = output;
    this.#input = input;
    this.qtest = new Qtest(native, input, output, {
      irq: (line, raised) => hooks.irq(line, raised),
      waiting: () => {
        // A model that complains of each access fills the pipe, and then waits itself.
        this.#hear(0);
        hooks.waiting();
      },
      gone: (silent) => this.#gone(silent),
    });
    this.#monitor = new Monitor(monitor, (error) => hooks.failed(error));
    this.#child.on("error", (error) => hooks.failed(error));
    this.#child.on("exit", () => {
      if (this.#running && !this.#closed) hooks.failed(this.#gone(false));
    });
  }

  /** Starts QEMU with its RAM in the file `ram` of `bytes` bytes, and waits until it answers. `extra`: arguments of the user's. */
  static start(
    native: NativeFd,
    devices: readonly QemuDevice[],
    extra: readonly string[],
    ram: number,
    bytes: number,
    hooks: ProcessHooks,
  ): QemuProcess {
    for (;;) {
      const qemu = new QemuProcess(native, devices, extra, ram, bytes, hooks);
      try {
        qemu.qtest.command("irq_intercept_in ioapic");
        qemu.#running = true;
        qemu.#listen(hooks);
        return qemu;
      } catch (error) {
        const said = qemu.#complaints();
        qemu.#kill();
        if (learn(said)) continue;
        throw said === "" && error instanceof KpiError ? error : refusal(qemu.#file, said, extra);
      }
    }
  }

  /** From now on the event loop reads too, into the same bytes over and over. */
  #listen(hooks: ProcessHooks): void {
    const callback = (length: number, bytes: Uint8Array): boolean => {
      try {
        this.qtest.take(bytes, length);
        hooks.received();
      } catch (error) {
        hooks.failed(error as Error);
      }
      return true;
    };
    this.#socket = new Socket({
      fd: this.#input,
      readable: true,
      writable: false,
      onread: { buffer: new Uint8Array(INPUT_BYTES), callback },
    });
    // Its end is the child's, which says why.
    this.#socket.on("error", () => {});
    this.#stderrSocket = new Socket({ fd: this.#stderr, readable: true, writable: false });
    this.#stderrSocket.on("error", () => {}).on("data", (bytes: Buffer) => this.#heard(bytes));
  }

  #heard(bytes: Uint8Array): void {
    this.#said = (this.#said + Buffer.from(bytes).toString()).slice(-COMPLAINT_BYTES);
  }

  /** Takes what it says on stderr, until it says nothing for `ms`. */
  #hear(ms: number): void {
    const bytes = new Uint8Array(COMPLAINT_BYTES);
    while (this.#native.readable(this.#stderr, ms)) {
      const count = this.#native.read(this.#stderr, bytes, bytes.length);
      if (count <= 0) break;
      this.#heard(bytes.subarray(0, count));
    }
  }

  /** What it has said on stderr. It has ended, or is about to. */
  #complaints(): string {
    this.#hear(LAST_WORDS_MS);
    return this.#said;
  }

  #gone(silent: boolean): Error {
    if (silent) return new KpiError("QEMU does not answer: it hangs, or was stopped");
    if (!this.#running) return new Error("QEMU did not start");
    const words = lastWords(this.#complaints());
    const { signalCode, exitCode } = this.#child;
    const how = signalCode ? ` (${signalCode})` : exitCode === null ? "" : ` (exit code ${exitCode})`;
    return new KpiError(`QEMU ended in the middle of the run${how}${words ? `: ${words}` : ""}`);
  }

  #kill(): void {
    this.#closed = true;
    this.#child.kill("SIGKILL");
    this.#monitor.close();
    for (const { fd } of this.#running ? [] : this.cards) closeSync(fd);
    closeSync(this.#output);
    if (this.#socket) {
      this.#socket.destroy();
      this.#stderrSocket!.destroy();
    } else for (const fd of [this.#stderr, this.#input]) closeSync(fd);
  }

  /** Puts the cable into a card, or pulls it. */
  plug({ netdev }: CardSocket, plugged: boolean): void {
    this.#monitor.execute("set_link", { name: netdev, up: plugged });
  }

  /** Ends QEMU, and waits until it is gone. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#kill();
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, "exit");
  }
}

/** A PC with a chipset that knows PCI Express, without a clock that would interrupt, its processor parked. */
function machineArguments(bytes: number): string[] {
  return [
    ...["-machine", "q35,hpet=off,pit=off,memory-backend=ram", "-accel", "tcg", "-nodefaults", "-display", "none"],
    ...["-m", `${bytes >>> 20}`, "-bios", `/proc/self/fd/${FIRMWARE_FD}`],
    ...["-object", `memory-backend-file,id=ram,size=${bytes},mem-path=/proc/self/fd/${RAM_FD},share=on`],
    ...["-qtest", "stdio", "-qtest-log", "none"],
  ];
}
