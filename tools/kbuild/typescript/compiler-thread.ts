// asc on a thread of its own: a compilation takes seconds, and the thread that asked for it may have boards to run.

import { parentPort } from "node:worker_threads";
import { KpiError } from "../../../host/error.ts";
import { compileDriver, type CompiledDriver } from "./compile.ts";

/** What to compile; by which library, if it is not the last one's. */
export interface CompilerOrder {
  readonly source: string;
  readonly library?: ReadonlyMap<string, string> | undefined;
}

export type CompilerAnswer =
  | { readonly driver: CompiledDriver }
  | { readonly error: { readonly message: string; readonly exitCode: number } }
  | { readonly failure: unknown };

let library: ReadonlyMap<string, string> = new Map();

async function answer(order: CompilerOrder): Promise<CompilerAnswer> {
  library = order.library ?? library;
  try {
    return { driver: await compileDriver(order.source, library) };
  } catch (error) {
    // A class does not survive the way between threads.
    if (error instanceof KpiError) return { error: { message: error.message, exitCode: error.exitCode } };
    return { failure: error };
  }
}

parentPort!.on("message", (order: CompilerOrder) => void answer(order).then((said) => parentPort!.postMessage(said)));
