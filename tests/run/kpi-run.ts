// `kpi run` as a process, and what it prints without what differs from one build of the core to the next.

import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { node26, repoRoot } from "../../tools/setup/paths.mjs";
import { untimed } from "./harness.ts";

export interface Outcome {
  code: number | null;
  out: string;
  err: string;
}

/** Runs `kpi run …`; `watch` sees the process and all of stdout each time there is more, `started` the process at once. */
export function kpiRun(
  args: string[],
  watch: (child: ChildProcess, out: string) => void = () => {},
  started: (child: ChildProcess) => void = () => {},
): Promise<Outcome> {
  const child = spawn(node26, ["--import", "tsx", join(repoRoot, "host/cli/main.ts"), "run", ...args], {
    cwd: repoRoot,
    stdio: ["ignore", "pipe", "pipe"],
  });
  started(child);
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text) => watch(child, (out += text)));
  child.stderr.setEncoding("utf8").on("data", (text) => (err += text));
  return new Promise((resolve, reject) => {
    child.once("error", reject).once("close", (code) => resolve({ code, out, err }));
  });
}

/** A report without times, addresses and offsets. Of the core's own frames, which compilers inline as they like, one `…`
 *  stands for a row; of lines that are the same, the first. */
export function plainReport(text: string): string {
  const lines = text.split("\n").map((line) =>
    untimed(line)
      .replace(/\+0x[0-9a-f]+(\/0x[0-9a-f]+)?/g, "")
      .replace(/\b(0x)?[0-9a-f]{8}\b/g, "*")
      .replace(/^ \w+$/, " …")
      .replace(/(module )\S*\/(\w+\.ko)/, "$1$2"),
  );
  return lines.filter((line, i) => line !== lines[i - 1]).join("\n");
}
