// A board that runs Linux drivers: the machine, its modules and its network interfaces, as one thing to boot, use and
// shut down. The command and the console are written over this.

import type { BoardHardware } from "../boards/board.ts";
import type { Link } from "../boards/links/link.ts";
import { buildCore } from "../tools/build/core.ts";
import { KpiError } from "./error.ts";
import { errorName, errorText } from "./errno.ts";
import type { Flavour } from "./flavour.ts";
import { OpenDevices } from "./inspect/devices.ts";
import { logLines, logRecords } from "./inspect/log.ts";
import { Interfaces } from "./interfaces.ts";
import { ModuleLoader } from "./loader/loader.ts";
import type { ModuleStore } from "./loader/store.ts";
import { readCoreImage } from "./machine/core-image.ts";
import { cString, withBufferNow } from "./machine/kernel-buffer.ts";
import { Machine } from "./machine/machine.ts";
import { Watchdog } from "./machine/watchdog.ts";

/** @internal */
export interface SystemOptions {
  board: BoardHardware;
  memoryMiB: number;
  /** How many CPUs; default 1. More need the real clock. */
  cpus?: number;
  virtualClock: boolean;
  /** Of the randomness under the virtual clock; default 0. */
  seed?: number;
  logLevel: number;
  /** Which image of the core: "debug" (default) tracks and checks, "release" does not. */
  flavour?: Flavour;
  /** Where modprobe looks. */
  modules: ModuleStore;
  /** How long the core may pass no interrupt window before the process is ended, ms; default 10 s. */
  watchdogMs?: number;
  /** Shows progress on stderr when the core has to be built first. */
  showBuild?: boolean;
  /** Links to what has an interface, by the interface's name. */
  netdevs?: ReadonlyMap<string, Link>;
  /** Each kernel log line that passes console_loglevel, as it is printed. */
  onLog?: (line: string, level: number) => void;
}

const EFBIG = -27;

/** Whether the board has to do with the real world: then its clock has to be the real one. @internal */
export function isReal({ board, netdevs }: Pick<SystemOptions, "board" | "netdevs">): boolean {
  return !board.virtualTime || [...(netdevs?.values() ?? [])].some((link) => link.real);
}

export class System {
  /** @internal */
  readonly machine: Machine;
  /** @internal */
  readonly loader: ModuleLoader;
  /** @internal */
  readonly interfaces: Interfaces;
  /** @internal */
  readonly devices: OpenDevices;
  #watchdog: Watchdog;

  private constructor(options: SystemOptions, core: Uint8Array<ArrayBuffer>) {
    const onLog = options.onLog ?? (() => {});
    this.machine = new Machine({
      board: options.board,
      core,
      memoryMiB: options.memoryMiB,
      cpus: options.cpus ?? 1,
      virtualClock: options.virtualClock,
      closed: !isReal(options),
      seed: options.seed,
      logLevel: options.logLevel,
      events: {
        log: (level, line) => onLog(line, level),
        netReceive: (ifindex, frame) => this.interfaces.receive(ifindex, frame),
        netRoom: (ring) => this.interfaces.room(ring),
        netEvent: (ifindex, event) => this.interfaces.event(ifindex, event),
      },
    });
    this.loader = new ModuleLoader(this.machine, options.modules);
    this.interfaces = new Interfaces(this.machine);
    this.devices = new OpenDevices(this.machine);
    this.#watchdog = new Watchdog(this.machine, options.watchdogMs);
  }

  /** @internal */
  static async boot(options: SystemOptions): Promise<System> {
    if (options.virtualClock && isReal(options)) {
      throw new KpiError(`board ${options.board.name} talks to the real world; run it with --clock real`, 2);
    }
    if (options.virtualClock && (options.cpus ?? 1) > 1) {
      throw new KpiError("two CPUs cannot repeat a run exactly; run them with --clock real", 2);
    }
    const { file } = await buildCore(options.flavour, options.showBuild);
    const system = new System(options, readCoreImage(file));
    try {
      await system.machine.boot();
    } catch (error) {
      await system.powerOff();
      throw error;
    }
    for (const [name, link] of options.netdevs ?? []) {
      system.interfaces.attach(name, link, (error) => system.machine.abort(error));
    }
    return system;
  }

  /** The text of /proc/`name`. */
  procRead(name: string): string {
    for (let size = 16384; ; size *= 4) {
      const text = this.#procRead(name, size);
      if (text !== undefined) return text;
    }
  }

  #procRead(name: string, size: number): string | undefined {
    const { machine } = this;
    const path = cString(name);
    return withBufferNow(machine, size + path.length, (buffer) => {
      machine.text.bytes.set(path, buffer + size);
      const length = machine.hostCall((core) => core.kpi_proc_read(buffer + size, buffer, size));
      if (length === EFBIG) return undefined;
      if (length < 0) throw new KpiError(`/proc/${name}: ${errorText(length)}`, 1, errorName(length));
      return machine.text.read(buffer + SEQ_HEADER, length);
    });
  }

  /** The kernel's log as dmesg prints it, also what was below console_loglevel. */
  kernelLog(): string {
    return logRecords(this.machine)
      .flatMap(logLines)
      .map((line) => `${line}\n`)
      .join("");
  }

  /** Lets the board run for `seconds` of its own time, or until the signal aborts. */
  async wait(seconds: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const alarm = this.machine.clock.after(seconds * 1e9, resolve);
    const abort = (): void => {
      alarm.cancel();
      reject(signal?.reason as Error);
    };
    signal?.addEventListener("abort", abort);
    try {
      await this.machine.whileRunning(promise);
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  /** Closes devices, takes interfaces down, unloads the modules, last first, and powers the board off. A step that fails, or does not
   *  come to its end, is skipped; it counts as a failure of the shutdown unless an oops explains it. */
  async shutdown(): Promise<void> {
    const { machine } = this;
    const failures: unknown[] = [];
    const step = async (what: string, work: Promise<unknown>): Promise<void> => {
      const late = Promise.withResolvers<never>();
      const why = new KpiError(`the board does not shut down: ${what} goes on after ${STEP_S} seconds`);
      const alarm = machine.clock.after(STEP_S * 1e9, () => late.reject(why));
      await Promise.race([work, late.promise]).catch((error: unknown) => failures.push(error));
      alarm.cancel();
    };
    if (machine.alive) await step("close", this.devices.close());
    if (machine.alive) await step("ip link set down", this.interfaces.down());
    const staying = this.loader.permanent();
    for (const [name, module] of [...this.loader.modules].reverse()) {
      if (machine.alive && !staying.has(module)) await step(`rmmod ${name}`, this.loader.rmmod(name));
    }
    if (machine.alive) await step("poweroff", machine.callExport("kpi_power_off", [], false));
    await this.powerOff();
    if (failures.length > 0 && machine.oopses === 0) throw failures[0];
  }

  /** The end of a run, whatever became of it: a shutdown, but after an oops modules are in a state that their exit
   *  functions do not expect, and then the power just goes. */
  end(): Promise<void> {
    return this.machine.alive && this.machine.oopses === 0 ? this.shutdown() : this.powerOff();
  }

  /** Stops at once, whatever state modules are in. */
  async powerOff(): Promise<void> {
    this.#watchdog.stop();
    if (this.machine.alive) await this.machine.stop();
    try {
      this.interfaces.close();
    } finally {
      await this.machine.board.close();
    }
  }

  /** What a run ends with whose log has reports: an oops, a warning or a leak makes it fail. */
  get complaint(): KpiError | undefined {
    const { oopses, bugs } = this.machine;
    const killed = oopses === 1 ? "1 task was" : `${oopses} tasks were`;
    if (oopses > 0) return new KpiError(`${killed} killed by an oops; the log has the report`);
    const reported = bugs === 1 ? "1 bug was" : `${bugs} bugs were`;
    return bugs > 0 ? new KpiError(`${reported} reported; the log has what`) : undefined;
  }
}

/** How long a step of the shutdown may take, in board time: longer than any driver waits for its hardware. */
const STEP_S = 600;

/** Bytes before the text of a seq_buf (assembly/lib/seq_buf.ts). */
const SEQ_HEADER = 8;
