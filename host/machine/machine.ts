// A machine: the KPI core on a board, with its memory, clock and tasks. The lifetime of all state is one power-on.

import * as map from "../../assembly/arch/wasm/memory.ts";
import type { BoardHardware, InterruptLines } from "../../boards/board.ts";
import { CORE_NAME, MAX_FRAMES, wasmFrames } from "./backtrace.ts";
import { MODULE_SLOTS, writeBootBlock } from "./boot-block.ts";
import { RealClock, VirtualClock, type MachineClock } from "./clock.ts";
import { CodeMap } from "./code-map.ts";
import { Contexts, type ContextHooks } from "./contexts.ts";
import { Core, isDebug } from "./core.ts";
import type { CpuOrder, FunctionName } from "./cpu-orders.ts";
import { Cpus } from "./cpus.ts";
import { PowerLost, TaskKilled, isTrap, trapText } from "./faults.ts";
import { HungTasks } from "./hung-tasks.ts";
import { Idle } from "./idle.ts";
import { hostImports } from "./imports.ts";
import type { MachineEvents, MachineOptions } from "./machine-options.ts";
import { MemoryText } from "./memory-text.ts";
import { Entropy } from "./entropy.ts";
import { writeTrapReport } from "./trap-report.ts";
import { SharedWords } from "./words.ts";
import { KpiError } from "../error.ts";

/** linux/gfp.h: an allocation that may not sleep. */
const GFP_ATOMIC = 0xa20;

/** How long a task may keep the CPU after the power was switched off, ms. */
const STOP_MS = 1000;

export class Machine {
  readonly board: BoardHardware;
  readonly memory: WebAssembly.Memory;
  readonly words: SharedWords;
  readonly text: MemoryText;
  readonly clock: MachineClock;
  readonly core: Core;
  readonly code = new CodeMap();
  readonly stackPointer = new WebAssembly.Global({ value: "i32", mutable: true }, 0);
  /** Resolves when the machine has stopped: by request, or with the error that stopped it. */
  readonly stopped: Promise<Error | undefined>;
  #stop!: (error?: Error) => void;
  readonly #events: MachineEvents;
  #contexts: Contexts;
  #idle: Idle;
  #cpus: Cpus;
  #image: Uint8Array<ArrayBuffer>;
  /** How many CPUs it has. */
  readonly cpus: number;
  #hung: HungTasks;
  #calls = new Map<number, (outcome: number | Error) => void>();
  #inHostCall = false;
  #powerLostAt = Infinity;
  #waiters = 0;
  /** Calls for which the board has no need to wait (see secluded()). */
  #seclusions = 0;
  #names: ((slot: number) => string | undefined)[] = [];
  #dead: Error | undefined;
  /** Faults that the board has reported. */
  #faults = 0;
  /** Tasks that a trap killed since power-on. */
  oopses = 0;

  constructor(options: MachineOptions) {
    const { board, events } = options;
    this.#events = events;
    // The engine takes the stack down when it traps, and by default only ten frames of it.
    Error.stackTraceLimit = Math.max(Error.stackTraceLimit, 2 * MAX_FRAMES);
    this.board = board;
    const pages = options.memoryMiB * 16;
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    this.words = new SharedWords(this.memory);
    this.text = new MemoryText(this.memory);
    this.clock = options.virtualClock
      ? new VirtualClock()
      : new RealClock(board.poll === undefined && options.cpus === 1);
    this.stopped = new Promise((resolve) => (this.#stop = resolve));
    const entropy = new Entropy(options.virtualClock ? (options.seed ?? 0) : undefined);
    const hooks: ContextHooks = {
      run: (task) => this.#run(task),
      ended: (task) => this.#ended(task),
      trapped: (task, error) => this.#trapped(task, error),
    };
    const image = new WebAssembly.Module(options.core);
    this.#contexts = new Contexts(hooks, options.virtualClock, isDebug(image));
    this.#idle = new Idle(this.clock, this.words, this.#contexts, {
      awaited: () => this.#calls.size > 0 || this.#waiters > 0,
      hostWaits: () => this.#waiters > 0,
      secluded: () => this.#seclusions > 0 && this.#waiters === 0 && this.#calls.size === this.#seclusions,
      closed: options.closed && options.cpus === 1,
      quiet: () => this.#quiet(),
      poll: () => board.poll?.(),
      passed: () => this.#hung.check(this.#calls.keys()),
      linger: options.cpus > 1 ? () => this.#cpus.linger() : undefined,
    });
    this.#hung = new HungTasks(this.clock, {
      look: (seconds) => this.hostCall((core) => core.kpi_hung_tasks(seconds)),
      stuck: (task) => this.hostCall((core) => core.kpi_task_stuck(task)),
      giveUp: (task, seconds) =>
        this.#giveUp(task, new KpiError(`it never returned: it has slept for ${seconds} seconds`)),
    });
    const host = hostImports(
      {
        board,
        clock: this.clock,
        words: this.words,
        code: this.code,
        contexts: this.#contexts,
        idle: this.#idle,
        kick: (cpu) => this.#kick(cpu),
        serveCpus: () => this.#cpus.serve(),
        powerLost: () => performance.now() > this.#powerLostAt,
        mayYield: () => !this.#inHostCall,
        log: events.log,
        symbolName: (slot) => this.symbolName(slot),
        random: (bytes) => entropy.fill(bytes),
        netReceive: events.netReceive,
        netRoom: events.netRoom,
        netEvent: events.netEvent,
      },
      this.text,
    );
    this.#cpus = new Cpus(this.words, host, {
      kick: () => this.#idle.kick(),
      oops: () => this.oopses++,
      fatal: (error) => this.#halt(error),
    });
    this.#image = options.core;
    this.cpus = options.cpus;
    // The board may put other memory in the place of this one, while nothing is in it.
    board.powerOn({
      memory: this.memory,
      clock: this.clock,
      lines: this.lines,
      report: (message) => this.report(message),
      fault: (message) => {
        this.#faults++;
        this.report(message);
      },
      fail: (error) => this.abort(error),
      posted: () => this.words.askForPoll(),
      random: (bytes) => entropy.fill(bytes),
    });
    const table = new WebAssembly.Table({ initial: MODULE_SLOTS, element: "anyfunc" });
    const env = { memory: this.memory, table, __stack_pointer: this.stackPointer };
    this.code.add(CORE_NAME, options.core);
    this.core = new Core(image, { env, host }, table);
    this.core.onSlot = (name, slot) => this.orderSlot({ provider: "", name }, slot);
    this.#runExport = WebAssembly.promising(this.core.exports.kpi_task_run);
    writeBootBlock(this.words, board.facts, {
      ramBytes: options.memoryMiB << 20,
      cpus: options.cpus,
      logLevel: options.logLevel,
      wallNs: options.virtualClock ? 0 : Date.now() * 1e6,
      seed: entropy.words(),
    });
  }

  /** The CPU's interrupt inputs. A line that asks for attention ends an idle wait. */
  readonly lines: InterruptLines = {
    level: (vector, asserted) => {
      this.words.level(vector, asserted);
      if (asserted) this.#idle.kick();
    },
    edge: (vector) => {
      this.words.edge(vector);
      this.#idle.kick();
    },
  };

  #kick(cpu: number): void {
    if (cpu === 0) this.#idle.kick();
    else this.words.notify(map.IRQ_RAISED + cpu * map.CPU_AREA_BYTES);
  }

  #runExport: (task: number) => Promise<unknown>;

  /** Boots the core; resolves when it is idle for the first time. */
  async boot(): Promise<void> {
    const boot = WebAssembly.promising(this.core.exports.kpi_boot)(0);
    boot.then(
      (status: unknown) => this.#halt(status === 0 ? undefined : new Error("the core refused the boot block")),
      (error: unknown) => this.#trapped(0, error),
    );
    const failed = await Promise.race([this.#idle.first, this.stopped]);
    if (failed instanceof Error) throw failed;
    for (let cpu = 1; cpu < this.cpus; cpu++) await this.whileRunning(this.#startCpu(cpu));
  }

  #startCpu(cpu: number): Promise<void> {
    const error = this.hostCall((core) => core.kpi_cpu_prepare(cpu));
    if (error !== 0) throw new KpiError(`no memory for CPU ${cpu}; raise --mem`);
    return this.#cpus.start(cpu, this.memory, this.#image, this.clock as RealClock);
  }

  /** Has the other CPUs do what was done here; `settle()` waits for it. */
  order(orderFor: (cpu: number) => CpuOrder): void {
    this.#cpus.order(orderFor);
  }

  orderSlot(from: FunctionName, slot: number): void {
    this.order(() => ({ kind: "slot", slot, from, tableSize: this.core.table.length }));
  }

  settle(): Promise<void> {
    return this.#cpus.settle();
  }

  /** Stops the core at its next idle turn; if it is never idle, at some interrupt window. */
  async stop(): Promise<Error | undefined> {
    this.#powerLostAt = performance.now() + STOP_MS;
    this.words.storeU32(map.HOST_STOP, 1);
    this.#cpus.wake();
    this.#idle.kick();
    return this.stopped;
  }

  /** Waits for what the board's clock brings about; if the machine stops first, for that. Virtual time passes only
   *  while somebody waits here or for a call. */
  async whileRunning<T>(work: Promise<T>): Promise<T> {
    this.#waiters++;
    this.#idle.kick();
    const stopped = this.stopped.then((error) => {
      throw error ?? new KpiError("the machine is off");
    });
    try {
      return await Promise.race([work, stopped]);
    } finally {
      this.#waiters--;
    }
  }

  /** Where a task sleeps, innermost frame first; nothing if it runs, or the core's flavour does not note it. */
  stackOf(task: number): string[] {
    return wasmFrames(this.#contexts.stackOf(task), this.code);
  }

  /** Says something about the board itself on the console. */
  report(message: string): void {
    this.#events.log(3, message);
  }

  /** What the run cannot do without is gone: the machine stops with the error. */
  abort(error: Error): void {
    if (!this.alive) return;
    this.#halt(error);
    // A CPU that rests would do so until its next alarm, and keep the process.
    this.words.storeU32(map.HOST_STOP, 1);
    this.#idle.kick();
  }

  /** Whether the machine can still run tasks. */
  get alive(): boolean {
    return this.#dead === undefined && !this.#contexts.isStopped;
  }

  /** How many bugs have been reported since power-on that killed nobody: warnings, what detectors found, tasks that hang,
   *  and what devices did that they must not. */
  get bugs(): number {
    return this.core.exports.kpi_bug_reports() + this.#faults;
  }

  /** Adds a source of names for table slots: the loader's. */
  addNames(lookup: (slot: number) => string | undefined): void {
    this.#names.push(lookup);
  }

  symbolName(slot: number): string | undefined {
    for (const lookup of this.#names) {
      const name = lookup(slot);
      if (name) return name;
    }
    return this.core.nameOfSlot(slot);
  }

  /** Calls into the core between tasks; for exports that neither sleep nor touch devices. */
  hostCall<T>(call: (core: Core["exports"]) => T): T {
    if (this.#dead) throw this.#dead;
    const flags = this.core.exports.kpi_host_enter();
    // The watchdog looks away from an idle CPU.
    const idle = this.words.u32(map.CPU_IDLE);
    this.words.setU32(map.CPU_IDLE, 0);
    this.#inHostCall = true;
    try {
      return call(this.core.exports);
    } catch (error) {
      throw isTrap(error) ? this.#fatal(error) : error;
    } finally {
      this.#inHostCall = false;
      this.words.setU32(map.CPU_IDLE, idle);
      this.core.exports.kpi_host_leave(flags);
    }
  }

  /**
   * Runs table slot `entry` as a kernel task of its own, with up to four words, and resolves to what it returned (0 if
   * it returns nothing). Rejects with TaskKilled if a trap killed the task, or with what stopped the machine.
   */
  async call(entry: number, name: string, args: number[] = [], returns = true): Promise<number> {
    if (this.#dead) throw this.#dead;
    const [a = 0, b = 0, c = 0, d = 0] = args;
    const task = this.hostCall((core) => {
      const text = core.__kmalloc(name.length * 3 + 1, GFP_ATOMIC) >>> 0;
      if (text === 0) return 0;
      const length = this.text.write(name, text, name.length * 3);
      this.text.bytes[text + length] = 0;
      const created = core.kpi_task_create(entry, args.length, returns ? 1 : 0, text, a, b, c, d);
      core.kfree(text);
      return created;
    });
    if (task === 0) throw new KpiError(`no memory for a task to run ${name}; raise --mem`);
    const outcome = await new Promise<number | Error>((resolve) => {
      this.#calls.set(task, resolve);
      this.#idle.kick();
    });
    if (isTrap(outcome)) throw new TaskKilled(name, trapText(outcome));
    if (outcome instanceof Error) throw outcome;
    return outcome;
  }

  /** The same for a function of the core, by name. */
  callExport(name: string, args: number[] = [], returns = true): Promise<number> {
    return this.call(this.core.slot(name), name, args, returns);
  }

  /** The same where nobody outside the board has a part in what is waited for: while nobody
   *  else waits for anything, its sleeps need not last (RealClock). */
  async callSecluded(name: string, args: number[]): Promise<number> {
    this.#seclusions++;
    try {
      return await this.callExport(name, args);
    } finally {
      this.#seclusions--;
    }
  }

  #run(task: number): Promise<unknown> {
    return this.#runExport(task);
  }

  #settle(task: number, outcome: number | Error): void {
    if (!this.#calls.has(task)) return;
    this.hostCall((core) => core.kpi_task_free(task));
    this.#giveUp(task, outcome);
  }

  /** Whoever waits for the task gets `outcome`. */
  #giveUp(task: number, outcome: number | Error): void {
    const resolve = this.#calls.get(task);
    this.#calls.delete(task);
    resolve?.(outcome);
  }

  /** Whoever waits for a task now would wait for ever. The tasks stay as they are, asleep. */
  #quiet(): void {
    if (this.#calls.size === 0) return;
    this.hostCall((core) => core.kpi_deadlock());
    this.#abandon(new KpiError("it never returned: every task sleeps, and nothing is left that could wake one"));
  }

  #abandon(error: Error): void {
    for (const task of [...this.#calls.keys()]) this.#giveUp(task, error);
  }

  #ended(task: number): number | undefined {
    let next: number;
    try {
      next = this.core.exports.kpi_task_exit();
    } catch (error) {
      this.#fatal(error);
      return undefined;
    }
    if (this.#calls.has(task)) this.#settle(task, this.core.exports.kpi_task_result(task));
    return next;
  }

  #trapped(task: number, error: unknown): number | undefined {
    if (error instanceof PowerLost) {
      this.#halt(undefined);
      return undefined;
    }
    if (!isTrap(error)) {
      this.#halt(error instanceof Error ? error : new Error(String(error)));
      return undefined;
    }
    try {
      this.#inHostCall = true;
      this.oopses++;
      this.#writeReport(error);
      const next = this.core.exports.kpi_task_trap();
      this.#inHostCall = false;
      this.#settle(task, error);
      return next;
    } catch (fatal) {
      this.#halt(fatal instanceof Error ? fatal : new Error(String(fatal)));
      return undefined;
    }
  }

  /** The core failed outside of any task: what it believes of itself is wrong. It stops, after a trap with a report. */
  #fatal(error: unknown): Error {
    let fatal = error instanceof Error ? error : new Error(String(error));
    if (isTrap(error)) {
      try {
        this.oopses++;
        this.#writeReport(error);
        this.core.exports.kpi_host_trap();
      } catch (panic) {
        if (panic instanceof Error) fatal = panic;
      }
    }
    this.#halt(fatal);
    return fatal;
  }

  #writeReport(error: Error): void {
    writeTrapReport(error, this.core.exports.kpi_trap_report(), this.text, this.code);
  }

  #halt(error: Error | undefined): void {
    this.#contexts.stop();
    this.#idle.stop();
    this.#cpus.stop();
    this.#dead = error ?? new KpiError("the machine is off");
    this.#abandon(this.#dead);
    this.#stop(error);
  }
}
