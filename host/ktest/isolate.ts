// Runs test modules in a process of their own. A loop that never ends, or whatever else takes the process with it, is a
// failure of that module; the next one gets a new process.

import { fork, type ChildProcess } from "node:child_process";
import { program } from "../../tools/setup/paths.mjs";
import type { LogLine } from "../api/events.ts";
import { moduleName } from "../loader/modinfo.ts";
import type { TestResult } from "./ktap.ts";
import type { TestOptions } from "./run.ts";

type Reply = { readonly result: TestResult } | { readonly error: string } | { readonly line: LogLine };

/** More of what a dying process said than anybody reads. */
const SAID_LINES = 64;

export class Isolate implements Disposable {
  #child: ChildProcess | undefined;

  #start(): ChildProcess {
    return (this.#child ??= fork(program("host/ktest/child"), { stdio: ["ignore", "ignore", "pipe", "ipc"] }));
  }

  /** Runs a module. `timeout` in `options` counts seconds of the board's time, and of the user's as well. */
  run(file: string, options: Omit<TestOptions, "onLog"> & { readonly timeout: number }): Promise<TestResult> {
    const child = this.#start();
    const lines: string[] = [];
    let stderr = "";
    return new Promise((resolve) => {
      const failed = (reason: string): void => {
        const diagnostics = [...lines, ...stderr.split("\n").filter(Boolean)].slice(-SAID_LINES);
        end({ name: moduleName(file), outcome: "not ok", reason, diagnostics, subtests: [] });
      };
      const end = (result: TestResult): void => {
        clearTimeout(timer);
        child.removeAllListeners();
        child.stderr!.removeAllListeners();
        resolve(result);
      };
      const timer = setTimeout(() => {
        this[Symbol.dispose]();
        failed(`it has not come to its end after ${options.timeout} s`);
      }, options.timeout * 1000);
      child.stderr!.setEncoding("utf8").on("data", (text: string) => (stderr = (stderr + text).slice(-1 << 16)));
      child.on("message", (reply: Reply) => {
        if ("line" in reply) lines.push(reply.line.text);
        else if ("result" in reply) end(reply.result);
        else failed(reply.error);
      });
      child.on("close", (code, signal) => {
        this.#child = undefined;
        failed(`it took its process along (${signal ?? `exit ${code}`})`);
      });
      child.send({ file, options });
    });
  }

  [Symbol.dispose](): void {
    this.#child?.kill("SIGKILL");
    this.#child = undefined;
  }
}
