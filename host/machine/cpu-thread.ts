// The thread of a further CPU: an instance of the core over the memory of CPU 0's, with a table, tasks and an idle wait of its
// own. What needs the board is the main thread's to do (cpu-mailbox.ts).

import { getRandomValues } from "node:crypto";
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import * as map from "../../assembly/arch/wasm/memory.ts";
import { CORE_NAME, MAX_FRAMES, captureStack, wasmFrames } from "./backtrace.ts";
import { MODULE_SLOTS } from "./boot-block.ts";
import { RealClock } from "./clock.ts";
import { CodeMap } from "./code-map.ts";
import { Contexts } from "./contexts.ts";
import { Core, isDebug } from "./core.ts";
import { CpuMailbox, servedByMain, type ServedByMain } from "./cpu-mailbox.ts";
import { CpuModules } from "./cpu-modules.ts";
import type { CpuOrder } from "./cpu-orders.ts";
import { CPU_LINGERS, type CpuStart, type CpuWord } from "./cpus.ts";
import { KernelPanic, PowerLost, TaskExit, isTrap } from "./faults.ts";
import { POLL_WINDOWS } from "./imports.ts";
import { MemoryText } from "./memory-text.ts";
import { writeTrapReport } from "./trap-report.ts";
import { SharedWords } from "./words.ts";

const { cpu, memory, image, mailbox: buffer, clockEpoch } = workerData as CpuStart;
const main = parentPort!;
const words = new SharedWords(memory);
const text = new MemoryText(memory);
const clock = RealClock.since(clockEpoch);
const mailbox = new CpuMailbox(buffer);
const code = new CodeMap();
Error.stackTraceLimit = Math.max(Error.stackTraceLimit, 2 * MAX_FRAMES);

/** The address of a word of this CPU. */
const own = (word: number): number => word + cpu * map.CPU_AREA_BYTES;
const CLOCK_NS = own(map.CLOCK_NS);
const IDLE_UNTIL = own(map.IDLE_UNTIL);
const POLL_BUDGET = own(map.POLL_BUDGET);
const IRQ_RAISED = own(map.IRQ_RAISED);

const tell = (word: CpuWord): void => main.postMessage(word);
/** CPU 0 has something to look at. */
function ring(): void {
  words.notify(map.IRQ_RAISED);
  if (Atomics.load(words.words, map.CPU_IDLE >>> 2) !== CPU_LINGERS) tell({ kind: "bell" });
}
const storeClock = (): void => words.setU64(CLOCK_NS, clock.now());

function fatal(error: unknown): undefined {
  // What the main thread was asked for and threw it knows; what it does not serve any more is the end too.
  if (!(error instanceof PowerLost)) tell({ kind: "fatal", panic: error instanceof KernelPanic, text: String(error) });
  return undefined;
}

function trapped(error: unknown): number | undefined {
  if (!isTrap(error)) return fatal(error);
  tell({ kind: "oops" });
  writeTrapReport(error, core.exports.kpi_trap_report(), text, code);
  try {
    return core.exports.kpi_task_trap();
  } catch (panic) {
    return fatal(panic);
  }
}

function ended(): number | undefined {
  try {
    return core.exports.kpi_task_exit();
  } catch (error) {
    return fatal(error);
  }
}

const contexts = new Contexts(
  { run: (task) => run(task), ended, trapped: (_, error) => trapped(error) },
  false,
  isTraced(),
);

function isTraced(): boolean {
  return isDebug(new WebAssembly.Module(image));
}

/** Carries out what the main thread has ordered meanwhile. */
function takeOrders(): void {
  for (let order; (order = receiveMessageOnPort(main));) {
    modules.carryOut(order.message as CpuOrder);
    mailbox.done();
  }
}

let up = false;

/** Waits for IRQ_RAISED, the time, or an order: the thread itself sleeps. */
function idle(): number {
  if (!up) tell({ kind: "up" });
  up = true;
  takeOrders();
  const wait = (words.u64(IDLE_UNTIL) - clock.now()) / 1e6;
  if (wait > 0) Atomics.wait(words.words, IRQ_RAISED >>> 2, 0, wait);
  takeOrders();
  storeClock();
  return 0;
}

function served(name: ServedByMain): (...args: number[]) => number {
  return (...args) => {
    const result = mailbox.call(name, args, ring);
    if (result === undefined) throw new PowerLost();
    return result;
  };
}

const host: WebAssembly.ModuleImports = {
  ...Object.fromEntries(servedByMain.map((name) => [name, served(name)])),
  task_park: new WebAssembly.Suspending(contexts.park),
  task_exit: (): never => {
    throw new TaskExit();
  },
  yield_: new WebAssembly.Suspending(contexts.turn),
  cpu_kick: (other: number): void => {
    if (other === 0) ring();
    else words.notify(map.IRQ_RAISED + other * map.CPU_AREA_BYTES);
  },
  relax: (): void => words.doze(),
  idle,
  wait: (): void => {},
  poll: (): number => {
    takeOrders();
    words.setU32(POLL_BUDGET, POLL_WINDOWS);
    storeClock();
    return contexts.step() ? 1 : 0;
  },
  clock: storeClock,
  delay: (ns: number): void => {
    clock.delay(ns >>> 0);
    storeClock();
  },
  panic: (): never => {
    throw new KernelPanic();
  },
  backtrace: (address: number, size: number): number =>
    text.write(wasmFrames(captureStack(), code).join("\n"), address, size),
  task_backtrace: (task: number, address: number, size: number): number =>
    text.write(wasmFrames(contexts.stackOf(task >>> 0), code).join("\n"), address, size),
  random: (address: number, length: number): void => {
    text.bytes.set(getRandomValues(new Uint8Array(length)), address >>> 0);
  },
};

const table = new WebAssembly.Table({ initial: MODULE_SLOTS, element: "anyfunc" });
const env = { memory, table, __stack_pointer: new WebAssembly.Global({ value: "i32", mutable: true }, 0) };
code.add(CORE_NAME, image);
const core = new Core(new WebAssembly.Module(image), { env, host }, table);
const run = WebAssembly.promising(core.exports.kpi_task_run);
const modules = new CpuModules(core, env, code);

try {
  const status = await WebAssembly.promising(core.exports.kpi_cpu_boot)(cpu);
  if (status !== 0) throw new Error(`CPU ${cpu} was not prepared`);
} catch (error) {
  trapped(error); // of the idle task: the core panics
}
