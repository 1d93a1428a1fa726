// The command as a process of its own: how long until the first ping is answered, and how much memory it takes.

import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Bed } from "../bed.ts";
import type { FactCase } from "../bench.ts";
import { deviation, median } from "../statistics.ts";
import { node26, repoRoot } from "../../setup/paths.mjs";
import { programEnv } from "../../setup/process.mjs";

const RUNS = 5;
const FIRST_ANSWER = " bytes from ";

/** What report-usage.mjs writes at the process's end. */
interface Usage {
  /** CPU time when FIRST_ANSWER was printed, ms. */
  cpu: number;
  maxRssKiB: number;
}

interface Run extends Usage {
  wall: number;
}

/** `kpi run`, from its start to the first answer and on to its end. */
export function kpiRun(bed: Bed): Promise<Run> {
  const main = join(repoRoot, "host/cli/start.ts");
  const report = join(import.meta.dirname, "../report-usage.mjs");
  const args = [
    "--import",
    report,
    main,
    "run",
    "--flavour",
    "release",
    "--insmod",
    bed.module("e1000"),
    "--ping",
    "peer",
  ];
  const start = performance.now();
  const env = { ...programEnv(), KPI_BENCH_MARK: FIRST_ANSWER };
  const child = spawn(node26, args, { cwd: repoRoot, env, stdio: ["ignore", "pipe", "inherit", "pipe"] });
  return new Promise((resolve, reject) => {
    let wall = 0;
    let usage = "";
    child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      if (wall === 0 && text.includes(FIRST_ANSWER)) wall = performance.now() - start;
    });
    child.stdio[3]!.on("data", (text: Buffer) => (usage += text));
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0 && wall > 0) resolve({ wall, ...(JSON.parse(usage) as Usage) });
      else reject(new Error(`kpi run of the benchmark ended with ${code}`));
    });
  });
}

export const processRun: FactCase = {
  name: "process",
  async facts(bed) {
    await kpiRun(bed);
    const runs: Run[] = [];
    for (let i = 0; i < RUNS; i++) runs.push(await kpiRun(bed));
    const wall = runs.map((one) => one.wall);
    const cpu = runs.map((one) => one.cpu);
    const rss = runs.map((one) => one.maxRssKiB / 1024);
    return [
      {
        name: "process start to first ping",
        unit: "ms",
        wall: median(wall),
        wallNoise: deviation(wall),
        cpu: median(cpu),
        cpuNoise: deviation(cpu),
      },
      { name: "peak RSS of that process", unit: "MB", value: median(rss), valueNoise: deviation(rss) },
    ];
  },
};
