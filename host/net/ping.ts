// `ping`: echo requests at an interval, and what iputils' ping prints about the answers, to the letter. Time is the
// board's clock, so that under virtual time a second between two requests costs nothing.
import type { Alarm } from "../../boards/clock.ts";
import { KpiError } from "../error.ts";
import { formatIp, parseIp } from "./address.ts";
import { ICMP_HLEN, ICMP_TIME_EXCEEDED, IP_HLEN } from "./packet.ts";
import { RttStatistics, formatRtt, percent, type PingResult } from "./ping-statistics.ts";
import type { EchoListener, NetStack } from "./stack.ts";

const MS = 1e6;
/** Requests whose send time and reply are remembered. */
const REMEMBERED = 8192;
/** How long the last answer is waited for when none came yet, seconds. */
const LINGER_S = 10;

export interface PingOptions {
  /** -c; Infinity: until `stop`. */
  readonly count?: number;
  /** -i, milliseconds. */
  readonly interval?: number;
  /** -s, bytes of data. */
  readonly size?: number;
  /** -W, seconds: how long the last answers are waited for. */
  readonly linger?: number;
  /** Takes each line of output. */
  readonly print?: (line: string) => void;
}

export class Ping implements EchoListener {
  /** Settles when the statistics are printed. */
  readonly done: Promise<PingResult>;

  readonly #stack: NetStack;
  readonly #target: string;
  readonly #destination: number;
  readonly #count: number;
  readonly #interval: number;
  readonly #linger: number;
  readonly #data: Uint8Array;
  readonly #print: (line: string) => void;
  readonly #id: number;
  readonly #sentAt = new Float64Array(REMEMBERED);
  readonly #answered = new Uint8Array(REMEMBERED);
  readonly #rtt = new RttStatistics();
  readonly #next = (): void => this.#send();
  readonly #finish = (): void => this.stop();
  #resolve: (result: PingResult) => void = () => {};
  #alarm: Alarm | undefined;
  #ended = false;
  #start = 0;
  #last = 0;
  #transmitted = 0;
  #received = 0;
  #duplicates = 0;
  #corrupted = 0;
  #errors = 0;
  #pipe = 0;

  constructor(stack: NetStack, target: string, options: PingOptions = {}) {
    const destination = parseIp(target);
    if (destination === undefined) throw new KpiError(`ping: ${target}: not an IPv4 address`, 2);
    this.#stack = stack;
    this.#target = target;
    this.#destination = destination;
    this.#count = options.count ?? Infinity;
    this.#interval = (options.interval ?? 1000) * MS;
    this.#linger = (options.linger ?? LINGER_S) * 1e9;
    this.#print = options.print ?? (() => {});
    const size = options.size ?? 56;
    if (!(size >= 0 && size <= 65507)) throw new KpiError(`ping: -s ${size}: packet size is 0 to 65507`, 2);
    this.#data = Uint8Array.from({ length: size }, (_, i) => i & 0xff);
    this.#id = stack.listen(this);
    this.done = new Promise((resolve) => (this.#resolve = resolve));
    this.#begin();
  }

  /** Ends now and prints the statistics (Ctrl-C). */
  stop(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#alarm?.cancel();
    this.#stack.unlisten(this.#id);
    this.#summary();
    this.#resolve({
      transmitted: this.#transmitted,
      received: this.#received,
      duplicates: this.#duplicates,
      corrupted: this.#corrupted,
      errors: this.#errors,
      ok: this.#transmitted > 0 && this.#received === this.#transmitted && this.#corrupted === 0,
      rtt: this.#rtt.milliseconds,
    });
  }

  #begin(): void {
    // An interface that is down has no routes.
    if (!this.#stack.up || this.#stack.sourceFor(this.#destination) === undefined) {
      this.#print("ping: connect: Network is unreachable");
      this.#giveUp();
      return;
    }
    const size = this.#data.length;
    const total = size + ICMP_HLEN + IP_HLEN;
    this.#print(`PING ${this.#target} (${formatIp(this.#destination)}) ${size}(${total}) bytes of data.`);
    this.#start = this.#stack.clock.now();
    this.#last = this.#start;
    if (this.#count <= 0) this.stop();
    else this.#send();
  }

  #giveUp(): void {
    this.#ended = true;
    this.#stack.unlisten(this.#id);
    this.#resolve({ transmitted: 0, received: 0, duplicates: 0, corrupted: 0, errors: 0, ok: false, rtt: null });
  }

  #send(): void {
    this.#alarm = undefined;
    if (this.#ended) return;
    const now = this.#stack.clock.now();
    const sequence = ++this.#transmitted & 0xffff;
    const slot = sequence % REMEMBERED;
    this.#sentAt[slot] = now;
    this.#answered[slot] = 0;
    this.#last = now;
    // The answer may come from within the call.
    if (!this.#stack.sendEcho(this.#destination, this.#id, sequence, this.#data)) this.#refused();
    if (this.#ended || this.#finished()) return;
    if (this.#transmitted < this.#count) this.#wait(this.#interval, this.#next);
    else {
      const patience = this.#received > 0 ? Math.max(2 * this.#rtt.max * 1000, this.#interval) : this.#linger;
      this.#wait(patience, this.#finish);
    }
  }

  #wait(delay: number, action: () => void): void {
    this.#alarm?.cancel();
    this.#alarm = this.#stack.clock.after(delay, action);
  }

  #refused(): void {
    this.#errors++;
    const tooLong = this.#data.length + ICMP_HLEN + IP_HLEN > this.#stack.mtu;
    if (tooLong) this.#print(`ping: local error: message too long, mtu=${this.#stack.mtu}`);
    else if (!this.#stack.up) this.#print("ping: sendmsg: Network is down");
    else this.#print("ping: sendmsg: No buffer space available");
  }

  /** Whether everything that was to be sent has been answered, well or badly. */
  #finished(): boolean {
    if (this.#transmitted < this.#count || this.#received + this.#errors < this.#count) return false;
    this.stop();
    return true;
  }

  // ── Answers. ──

  reply(
    source: number,
    ttl: number,
    sequence: number,
    frame: Uint8Array,
    data: number,
    length: number,
    sound: boolean,
  ): void {
    if (this.#ended) return;
    const age = (this.#transmitted - sequence) & 0xffff;
    if (age >= REMEMBERED || age >= this.#transmitted) return;
    const slot = sequence % REMEMBERED;
    const head = `${length + ICMP_HLEN} bytes from ${formatIp(source)}: icmp_seq=${sequence} ttl=${ttl}`;
    if (!sound) {
      this.#corrupted++;
      this.#print(`${head} (BAD CHECKSUM)`);
      return;
    }
    const micros = Math.max(Math.floor((this.#stack.clock.now() - this.#sentAt[slot]!) / 1000), 0);
    const duplicate = this.#answered[slot] !== 0;
    this.#answered[slot] = 1;
    this.#rtt.add(micros);
    if (age + 1 > this.#pipe) this.#pipe = age + 1;
    if (duplicate) this.#duplicates++;
    else this.#received++;
    const truncated = length < this.#data.length ? " (truncated)" : "";
    this.#print(`${head} time=${formatRtt(micros)} ms${duplicate ? " (DUP!)" : ""}${truncated}`);
    this.#compare(frame, data, Math.min(length, this.#data.length));
    this.#finished();
  }

  /** Says where the data came back changed. */
  #compare(frame: Uint8Array, data: number, length: number): void {
    for (let i = 0; i < length; i++) {
      if (frame[data + i] === this.#data[i]) continue;
      const want = this.#data[i]!.toString(16);
      this.#print(`wrong data byte #${i} should be 0x${want} but was 0x${frame[data + i]!.toString(16)}`);
      return;
    }
  }

  error(source: number, type: number, code: number, sequence: number): void {
    if (this.#ended) return;
    this.#errors++;
    const unreachable = ["Net", "Host", "Protocol", "Port"][code];
    const what =
      type === ICMP_TIME_EXCEEDED
        ? "Time to live exceeded"
        : unreachable !== undefined
          ? `Destination ${unreachable} Unreachable`
          : `Dest Unreachable, Bad Code: ${code}`;
    this.#print(`From ${formatIp(source)} icmp_seq=${sequence} ${what}`);
    const age = (this.#transmitted - sequence) & 0xffff;
    if (age < this.#transmitted && age + 1 > this.#pipe) this.#pipe = age + 1;
    this.#finished();
  }

  #summary(): void {
    this.#print("");
    this.#print(`--- ${this.#target} ping statistics ---`);
    let line = `${this.#transmitted} packets transmitted, ${this.#received} received`;
    if (this.#duplicates > 0) line += `, +${this.#duplicates} duplicates`;
    if (this.#corrupted > 0) line += `, +${this.#corrupted} corrupted`;
    if (this.#errors > 0) line += `, +${this.#errors} errors`;
    if (this.#transmitted > 0) {
      line += `, ${percent(this.#transmitted - this.#received, this.#transmitted)}% packet loss`;
      line += `, time ${Math.floor((this.#last - this.#start + MS / 2) / MS)}ms`;
    }
    this.#print(line);
    const pipe = this.#pipe > 1 ? `pipe ${this.#pipe}` : "";
    if (this.#received > 0) this.#print(this.#rtt.describe() + (pipe && `, ${pipe}`));
    else if (pipe !== "") this.#print(pipe);
  }
}
