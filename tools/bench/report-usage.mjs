// Loaded into a process that is measured: notes the CPU time when a mark is printed, and writes it with the peak memory
// to file descriptor 3 when the process ends.
import { readFileSync, writeSync } from "node:fs";

const mark = process.env.KPI_BENCH_MARK ?? "";
let cpu = 0;

const write = process.stdout.write;
process.stdout.write = function (/** @type {any[]} */ ...args) {
  if (cpu === 0 && String(args[0]).includes(mark)) {
    const { user, system } = process.cpuUsage();
    cpu = (user + system) / 1e3;
  }
  return Reflect.apply(write, process.stdout, args);
};

/** Linux counts into a child's maxRSS what its parent had when it started the child; VmHWM is the program's own. */
function maxRssKiB() {
  if (process.platform !== "linux") return process.resourceUsage().maxRSS;
  return Number(/^VmHWM:\s*(\d+) kB/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]);
}

process.on("exit", () => writeSync(3, JSON.stringify({ cpu, maxRssKiB: maxRssKiB() })));
