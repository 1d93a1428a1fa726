// What real programs measure on a path between two network stacks, and what a process takes meanwhile.

import { readFileSync } from "node:fs";
import type { Namespace } from "../../lab/namespace.ts";
import { median } from "../statistics.ts";

/** So many are counted, after others in which compilers and caches, on both sides, get to know the way. */
const PINGS = 200;
const FIRST_PINGS = 400;
/** USER_HZ, which the kernel counts processes' time in for everybody to read. */
const TICKS = 100;

/** CPU time of a process with all its threads, s. */
export function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** The most memory that a process has had, MB. */
export function peakRss(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  return Number(/^VmHWM:\s*(\d+) kB/m.exec(status)![1]) / 1024;
}

/** Median of the round trip times, ms; lost pings are an error. */
export async function pingRtt(from: Namespace, address: string): Promise<number> {
  const sent = FIRST_PINGS + PINGS;
  const text = await from.output("ping", ["-n", "-i", "0.01", "-W", "5", "-c", String(sent), address]);
  const times = [...text.matchAll(/ time=([\d.]+) ms/g)].map((match) => Number(match[1]));
  if (times.length < sent) throw new Error(`${sent - times.length} of ${sent} pings to ${address} were not answered`);
  return median(times.slice(FIRST_PINGS));
}

/** The sums at the end of an iperf3 report. */
interface Sum {
  readonly seconds: number;
  readonly bits_per_second: number;
  readonly packets: number;
  readonly lost_packets: number;
}

/** "in": to the server; "out": from it. */
export type Way = "in" | "out";

/** A client's report. Under a flood the connection that controls the test may be too slow: it is tried again. */
async function iperf(from: Namespace, address: string, way: Way, args: readonly string[]): Promise<Sum> {
  const all = ["-c", address, "-J", "--connect-timeout", "10000", ...(way === "out" ? ["-R"] : []), ...args];
  let why = "";
  for (let attempt = 0; attempt < 3; attempt++) {
    const { out, err } = await from.run("timeout", ["60", "iperf3", ...all]);
    try {
      const report = JSON.parse(out) as { error?: string; end: { sum_received: Sum } };
      if (report.error === undefined) return report.end.sum_received;
      why = report.error;
    } catch {
      why = err.trim() || "no report";
    }
    // The server clears the last test away.
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  throw new Error(`iperf3 ${all.join(" ")}: ${why}`);
}

/** Mbit/s that arrived. */
export async function tcpRate(from: Namespace, address: string, way: Way, seconds: number): Promise<number> {
  return (await iperf(from, address, way, ["-t", String(seconds)])).bits_per_second / 1e6;
}

/** What a process moves, and what it takes for that. */
export interface Rate {
  readonly perSecond: number;
  /** CPU time of the process in the middle for each packet that arrived, µs. */
  readonly cpu: number;
}

/** Datagrams of `length` bytes that arrived, of as many as the sender can send. `pid`: the process in the middle. */
export async function udpRate(
  from: Namespace,
  address: string,
  way: Way,
  { length, seconds, pid }: { length: number; seconds: number; pid: number },
): Promise<Rate> {
  const before = cpuOf(pid);
  const args = ["-u", "-b", "0", "-l", String(length), "-t", String(seconds)];
  const sum = await iperf(from, address, way, args);
  const arrived = sum.packets - sum.lost_packets;
  return { perSecond: arrived / sum.seconds, cpu: ((cpuOf(pid) - before) * 1e6) / arrived };
}

/** A counter of an interface, as the kernel keeps it. */
export async function counter(namespace: Namespace, device: string, name: string): Promise<number> {
  return Number(await namespace.output("cat", [`/sys/class/net/${device}/statistics/${name}`]));
}
