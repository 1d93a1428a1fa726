// What may stand between a card and its link, by the options that ask for it. From the card outwards: trace, pcap, faults:
// a capture has what the card has sent and seen.
import { KpiError } from "../../host/error.ts";
import { Capture } from "./capture.ts";
import { type FaultOptions, Faults } from "./faults.ts";
import type { Link } from "./link.ts";
import { Trace } from "./trace.ts";

/** Options of every link, with what they want and what they do. */
export const WRAPPERS: Readonly<Record<string, string>> = {
  pcap: "FILE: a capture of both directions, for Wireshark",
  trace: "a line on stderr for each frame",
  loss: "SHARE: frames that get lost, as 1% or 0.01",
  duplicate: "SHARE: that come twice",
  reorder: "SHARE: that fall behind the next",
  corrupt: "SHARE: of which one bit is another",
  delay: "TIME: that every frame takes, as 5ms",
  jitter: "TIME: that comes on top, at most",
  rate: "BITS: per second, as 100mbit",
  seed: "NUMBER: of what happens to which frame",
};

const FAULTS = ["loss", "duplicate", "reorder", "corrupt", "delay", "jitter", "rate"];
const TIMES: Readonly<Record<string, number>> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 };
const RATES: Readonly<Record<string, number>> = { bit: 1, kbit: 1e3, mbit: 1e6, gbit: 1e9 };
const SEED_MAX = 0xffffffff;

type Options = Readonly<Record<string, string>>;

function wrong(text: string, name: string, value: string, wants: string): KpiError {
  return new KpiError(`link ${text}: ${name}=${value} is not ${wants}`, 2);
}

function share(options: Options, name: string, text: string): number {
  const value = options[name] ?? "0";
  const match = /^(\d+(?:\.\d+)?|\.\d+)(%?)$/.exec(value);
  const number = match === null ? NaN : Number(match[1]) / (match[2] ? 100 : 1);
  if (!(number <= 1)) throw wrong(text, name, value, "a share, as 1% or 0.01");
  return number;
}

/** A number and a unit. */
function measure(
  options: Options,
  name: string,
  text: string,
  units: typeof TIMES,
  absent: number,
  as: string,
): number {
  const value = options[name];
  if (value === undefined) return absent;
  const match = /^(\d+(?:\.\d+)?)([a-z]+)$/.exec(value);
  const unit = match === null || !Object.hasOwn(units, match[2]!) ? NaN : units[match[2]!]!;
  const number = Number(match?.[1]) * unit;
  if (!(number >= 0 && number <= 1e15)) throw wrong(text, name, value, as);
  return number;
}

function faultOptions(options: Options, text: string): FaultOptions {
  const seed = options["seed"] ?? "0";
  if (!/^\d{1,10}$/.test(seed) || Number(seed) > SEED_MAX) throw wrong(text, "seed", seed, `a number to ${SEED_MAX}`);
  const rate = measure(options, "rate", text, RATES, Infinity, "a rate, as 100mbit");
  if (rate < 1) throw wrong(text, "rate", options["rate"]!, "a rate, as 100mbit");
  return {
    loss: share(options, "loss", text),
    duplicate: share(options, "duplicate", text),
    reorder: share(options, "reorder", text),
    corrupt: share(options, "corrupt", text),
    delay: measure(options, "delay", text, TIMES, 0, "a time, as 5ms"),
    jitter: measure(options, "jitter", text, TIMES, 0, "a time, as 5ms"),
    rate,
    seed: Number(seed),
  };
}

/** Checks the options, and says how to put what they want around a link. */
export function planWrappers(options: Options, text: string): (link: Link) => Link {
  const faults = faultOptions(options, text);
  const { pcap, trace } = options;
  if (pcap === "on") throw new KpiError(`link ${text}: pcap wants a file, as pcap=out.pcapng`, 2);
  if (trace !== undefined && trace !== "on") throw wrong(text, "trace", trace, "needed: it is trace, and no more");
  const name = text.split(",")[0]!;
  return (link) => {
    if (FAULTS.some((option) => options[option] !== undefined)) link = new Faults(link, faults);
    if (pcap !== undefined) link = new Capture(link, pcap, name);
    if (trace !== undefined) link = new Trace(link, name);
    return link;
  };
}
