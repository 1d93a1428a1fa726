// ping: echo requests, with the options of iputils.

import { CommandFailure, type ConsoleCommand, parseWords, wholeNumber } from "../command.ts";
import { KpiError } from "../../error.ts";
import { Ping } from "../../net/ping.ts";

/** Echo requests when nobody says how many: a command in a script has to end. */
const DEFAULT_COUNT = 5;

function seconds(option: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (/^(\d+\.?\d*|\.\d+)$/.test(text) && Number(text) <= 1e6) return Number(text);
  throw new KpiError(`ping: bad ${option}: '${text}'`, 2);
}

export const ping: ConsoleCommand = {
  name: "ping",
  usage: "[-c COUNT] [-i SECONDS] [-s BYTES] [-W SECONDS] [-q] [-I INTERFACE] ADDRESS|peer",
  summary: "send echo requests; fails unless all are answered",
  details: [
    ["-c COUNT", `how many (${DEFAULT_COUNT}; at the prompt until Ctrl-C)`],
    ["-i SECONDS", "between two requests (1)"],
    ["-s BYTES", "of data (56)"],
    ["-W SECONDS", "how long to wait for the last answers (10, or twice the longest round trip)"],
    ["-q", "only the summary"],
    ["-I INTERFACE", "through that interface"],
  ],
  async run({ system, out, signal, interactive }, args) {
    const { values, positionals } = parseWords(
      ping,
      args,
      {
        count: { type: "string", short: "c" },
        interval: { type: "string", short: "i" },
        size: { type: "string", short: "s" },
        wait: { type: "string", short: "W" },
        quiet: { type: "boolean", short: "q" },
        interface: { type: "string", short: "I" },
      },
      [1, 1],
    );
    const many = interactive && !system.machine.clock.virtual ? Infinity : DEFAULT_COUNT;
    const count = values.count === undefined ? many : wholeNumber("ping", "count of packets", values.count, 1, 1e6);
    const size = values.size === undefined ? 56 : wholeNumber("ping", "packet size", values.size, 0, 65507);
    const interval = seconds("timing interval", values.interval, 1) * 1000;
    const linger = values.wait === undefined ? undefined : seconds("linger time", values.wait, 0);
    const { interfaces } = system;
    await interfaces.refresh();
    const { stack, address } = interfaces.route(positionals[0]!, values.interface);
    const head = /^(PING |--- |\d+ packets|rtt |pipe |ping: )/;
    const print = (line: string): void => {
      if (!values.quiet || line === "" || head.test(line)) out(line);
    };
    const pings = new Ping(stack, address, { count, interval, size, print, ...(linger !== undefined && { linger }) });
    const stop = (): void => pings.stop();
    signal.addEventListener("abort", stop);
    let data;
    try {
      data = { address, ...(await system.machine.whileRunning(pings.done)) };
    } finally {
      signal.removeEventListener("abort", stop);
    }
    const reply = { data, lines: [] };
    if (signal.aborted) return reply;
    const { received, transmitted, ok } = data;
    if (transmitted === 0) {
      const remedy = stack.up ? "see: ip addr" : `bring it up: ip link set ${stack.name} up`;
      throw new CommandFailure(`ping: nothing could be sent to ${address}; ${remedy}`, reply);
    }
    if (!ok) throw new CommandFailure(`ping: ${received} of ${transmitted} answers from ${address}`, reply);
    return reply;
  },
  complete(system, words) {
    if (words.at(-2) === "-I") return system.interfaces.names();
    return ["peer", "-c", "-i", "-s", "-W", "-q", "-I"];
  },
};
