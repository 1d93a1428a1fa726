// ping [-c COUNT] [-i SECONDS] [-s BYTES] ADDRESS|peer

import { KpiError } from "../../error.ts";
import { Ping } from "../../net/ping.ts";
import { type ConsoleCommand, usageError } from "../command.ts";

/** Echo requests when nobody says how many: a console command has to end. */
const DEFAULT_COUNT = 5;

const FLAGS: Record<string, "count" | "interval" | "size"> = { "-c": "count", "-i": "interval", "-s": "size" };

const LEAST = { count: 1, interval: 0, size: 0 };

function parse(args: string[]): { target: string; count: number; interval: number; size: number } {
  const options = { count: DEFAULT_COUNT, interval: 1, size: 56 };
  const targets: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const key = FLAGS[args[i]];
    if (!key) {
      if (args[i].startsWith("-")) throw usageError(ping);
      targets.push(args[i]);
      continue;
    }
    const value = Number(args[++i] ?? NaN);
    if (!(value >= LEAST[key] && Number.isFinite(value)) || (key !== "interval" && !Number.isInteger(value))) {
      throw new KpiError(`ping: invalid argument: '${args[i] ?? ""}' of ${args[i - 1]}`, 2);
    }
    options[key] = value;
  }
  if (targets.length !== 1) throw usageError(ping);
  return { target: targets[0], ...options };
}

export const ping: ConsoleCommand = {
  name: "ping",
  usage: "[-c COUNT] [-i SECONDS] [-s BYTES] ADDRESS|peer",
  summary: "send echo requests; fails unless all are answered",
  async run({ system, out, signal }, args) {
    const { target, count, interval, size } = parse(args);
    await system.interfaces.refresh();
    const { stack, address } = system.interfaces.route(target);
    const pings = new Ping(stack, address, { count, interval: interval * 1000, size, print: out });
    const stop = (): void => pings.stop();
    signal.addEventListener("abort", stop);
    const result = await system.machine.whileRunning(pings.done);
    signal.removeEventListener("abort", stop);
    if (signal.aborted) return;
    if (result.transmitted === 0) throw new KpiError(`ping: nothing could be sent to ${address}; see: ip addr`);
    if (!result.ok) throw new KpiError(`ping: ${result.received} of ${result.transmitted} answers from ${address}`);
  },
};
