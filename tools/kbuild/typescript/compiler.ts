// The compiler of drivers as whoever builds them sees it: one thread (compiler-thread.ts), which begins with the first order,
// does one at a time, and keeps no process alive that has nothing to compile.

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { KpiError } from "../../../host/error.ts";
import type { CompiledDriver } from "./compile.ts";
import type { CompilerAnswer, CompilerOrder } from "./compiler-thread.ts";

interface Compiler {
  readonly worker: Worker;
  /** What it compiles by. */
  library: ReadonlyMap<string, string> | undefined;
}

let compiler: Compiler | undefined;
/** Settles when the order before is done. */
let last: Promise<unknown> = Promise.resolve();

function start(): Compiler {
  const file = import.meta.url.endsWith(".ts") ? "./compiler-thread.ts" : "./compiler-thread.js";
  const worker = new Worker(new URL(file, import.meta.url), { stdin: false });
  const own: Compiler = { worker, library: undefined };
  worker.once("exit", () => {
    if (compiler === own) compiler = undefined;
  });
  return own;
}

async function send(source: string, library: ReadonlyMap<string, string>): Promise<CompiledDriver> {
  compiler ??= start();
  const { worker } = compiler;
  const order: CompilerOrder = { source, library: compiler.library === library ? undefined : library };
  compiler.library = library;
  worker.ref();
  try {
    worker.postMessage(order);
    // Rejects if the thread dies, of a lack of memory, say.
    const [answer] = (await once(worker, "message")) as [CompilerAnswer];
    if ("driver" in answer) return answer.driver;
    throw "error" in answer ? new KpiError(answer.error.message, answer.error.exitCode) : answer.failure;
  } finally {
    worker.unref();
  }
}

/** Compiles a driver without keeping this thread. */
export function compile(source: string, library: ReadonlyMap<string, string>): Promise<CompiledDriver> {
  const done = last.then(() => send(source, library));
  last = done.catch(() => {});
  return done;
}
