// QEMU's qtest protocol: lines of text, a command each, answered in order; between the answers come the changes of the
// interrupt inputs that were asked for. What a command does to a line is told before its answer.
//
//   readl 0xfebc0008     →  OK 0x0000000080080783        writel 0xfebc00d0 0x4  →  IRQ raise 22, OK
//
// Writes are posted: they are gathered, and go out with the next read, or when the board says so. Lines are made and taken
// apart as bytes in place, since each access of a driver passes here.

import type { NativeFd } from "../../host/native/fd.ts";

const ASCII = { newline: 10, space: 32, zero: 48, x: 120, O: 79, K: 75, I: 73, R: 82, r: 114 } as const;
/** An answer, or a change of an input, at the end of a line. */
const AT_END = /(?:OK(?: 0x[0-9a-f]+)?|IRQ (?:raise|lower) \d+)$/;
const REFUSAL = /^(?:FAIL|ERR)\b/;
const EAGAIN = -11;

/** Commands go out when there are so many bytes of them. */
const SEND_BYTES = 4096;
/** Longest command that the channel makes itself. */
const COMMAND_MAX = 64;
/** Commands whose answers nobody has waited for; their text and their answers fit into a pipe. */
const POSTED_MAX = 1024;
/** Above two blocks of what devices print (see #stray). */
const LINE_MAX = 8192;
const INPUT_BYTES = 65536;

/** How long QEMU may take for an answer, ms: it answers in microseconds, on a loaded machine in milliseconds. */
const ANSWER_MS = 15_000;
const SLICE_MS = 100;

export interface QtestHooks {
  /** An intercepted interrupt input changed. */
  irq(line: number, raised: boolean): void;
  /** QEMU takes its time: called every so often. */
  waiting(): void;
  /** What to throw when QEMU has closed the channel, or (`silent`) does not answer. */
  gone(silent: boolean): Error;
}

const encoder = new TextEncoder();
const word = (text: string): Uint8Array => encoder.encode(`${text} 0x`);

/** The names of accesses by their width. */
const byWidth = (one: string, two: string, four: string): readonly Uint8Array[] => {
  const [b, w, l] = [word(one), word(two), word(four)];
  return [b, b, w, w, l];
};
const READ = byWidth("readb", "readw", "readl");
const WRITE = byWidth("writeb", "writew", "writel");
const IN = byWidth("inb", "inw", "inl");
const OUT = byWidth("outb", "outw", "outl");

export class Qtest {
  readonly #fd: NativeFd;
  readonly #in: number;
  readonly #out: number;
  readonly #hooks: QtestHooks;
  readonly #commands = new Uint8Array(SEND_BYTES + COMMAND_MAX);
  #length = 0;
  readonly #input = new Uint8Array(INPUT_BYTES);
  readonly #line = new Uint8Array(LINE_MAX + 1);
  #lineLength = 0;
  /** Commands that have no answer yet, also those that are not sent. */
  #unanswered = 0;
  /** The value of the last answer that had one, as a signed word. */
  #value = 0;
  #refusal = "";

  /** `input` is what QEMU writes to, `output` what it reads from. */
  constructor(fd: NativeFd, input: number, output: number, hooks: QtestHooks) {
    this.#fd = fd;
    this.#in = input;
    this.#out = output;
    this.#hooks = hooks;
  }

  /** The word as wasm has it, signed: so it needs no box. */
  mmioRead(address: number, width: number): number {
    return this.#read(READ[width]!, address);
  }

  portRead(port: number, width: number): number {
    return this.#read(IN[width]!, port);
  }

  mmioWrite(address: number, width: number, value: number): void {
    this.#write(WRITE[width]!, address, value);
  }

  portWrite(port: number, width: number, value: number): void {
    this.#write(OUT[width]!, port, value);
  }

  /** Reads a word, and writes another, with nothing in between: QEMU takes commands that come in one piece in one go. */
  exchange(read: number, write: number, value: number): number {
    this.sync();
    this.#ask(READ[4]!, read);
    this.#write(WRITE[4]!, write, value);
    this.sync();
    return this.#value >>> 0;
  }

  /** Any other command, and its answer awaited. */
  command(text: string): void {
    const bytes = encoder.encode(text);
    this.#commands.set(bytes, this.#length);
    this.#length += bytes.length;
    this.#end();
    this.sync();
  }

  #ask(name: Uint8Array, address: number): void {
    this.#word(name);
    this.#hex(address);
    this.#end();
  }

  #read(name: Uint8Array, address: number): number {
    this.#ask(name, address);
    this.sync();
    return this.#value >>> 0;
  }

  #write(name: Uint8Array, address: number, value: number): void {
    this.#word(name);
    this.#hex(address);
    this.#commands[this.#length++] = ASCII.space;
    this.#commands[this.#length++] = ASCII.zero;
    this.#commands[this.#length++] = ASCII.x;
    this.#hex(value);
    this.#end();
    if (this.#unanswered >= POSTED_MAX) this.sync();
    else if (this.#length >= SEND_BYTES) this.send();
  }

  // ── Out. ──

  #word(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) this.#commands[this.#length++] = bytes[i]!;
  }

  #hex(value: number): void {
    let shift = 28;
    while (shift > 0 && value >>> shift === 0) shift -= 4;
    for (; shift >= 0; shift -= 4) {
      const digit = (value >>> shift) & 15;
      this.#commands[this.#length++] = digit + (digit < 10 ? 48 : 87);
    }
  }

  #end(): void {
    this.#commands[this.#length++] = ASCII.newline;
    this.#unanswered++;
  }

  /** Whether every command has its answer. */
  get idle(): boolean {
    return this.#unanswered === 0;
  }

  /** Sends what was gathered. */
  send(): void {
    if (this.#length === 0) return;
    // QEMU takes what comes, and the pipe has room for all that may be unanswered: the write is whole.
    if (this.#fd.write(this.#out, this.#commands, this.#length) !== this.#length) throw this.#hooks.gone(false);
    this.#length = 0;
  }

  /** Sends what was gathered, and waits until QEMU has done it. */
  sync(): void {
    this.send();
    for (let waited = 0; this.#unanswered > 0;) {
      if (this.#fd.readable(this.#in, SLICE_MS)) {
        this.#receive();
        waited = 0;
      } else {
        this.#hooks.waiting();
        waited += SLICE_MS;
        if (waited > ANSWER_MS) throw this.#hooks.gone(true);
      }
    }
    if (this.#refusal !== "") throw new Error(`QEMU refuses a qtest command: ${this.#refusal}`);
  }

  // ── In. ──

  /** Takes what has come, without waiting. */
  drain(): void {
    while (this.#receive() === INPUT_BYTES);
  }

  /** For the event loop, which reads by itself. */
  take(bytes: Uint8Array, length: number): void {
    for (let i = 0; i < length; i++) {
      const byte = bytes[i]!;
      if (byte !== ASCII.newline) {
        if (this.#lineLength < LINE_MAX) this.#line[this.#lineLength++] = byte;
        continue;
      }
      // What is there of the line before ends here.
      this.#line[this.#lineLength] = 0;
      this.#answer();
      this.#lineLength = 0;
    }
  }

  #receive(): number {
    const count = this.#fd.read(this.#in, this.#input, INPUT_BYTES);
    if (count === EAGAIN) return 0;
    if (count <= 0) throw this.#hooks.gone(false);
    this.take(this.#input, count);
    return count;
  }

  /** A whole line: "OK", "OK 0x…", "IRQ raise N", "IRQ lower N". They begin at `at`. */
  #answer(at = 0): void {
    const line = this.#line;
    const first = line[at];
    const second = line[at + 1];
    if (first === ASCII.O && second === ASCII.K) {
      this.#unanswered--;
      // The low word of however many digits; of a write there are none.
      if (this.#lineLength > at + "OK".length) this.#value = 0;
      for (let i = at + "OK 0x".length; i < this.#lineLength; i++) {
        const char = line[i]!;
        this.#value = (this.#value << 4) | (char < 58 ? char - 48 : char - 87);
      }
    } else if (first === ASCII.I && second === ASCII.R) {
      let number = 0;
      for (let i = at + "IRQ raise ".length; i < this.#lineLength; i++) number = number * 10 + line[i]! - 48;
      this.#hooks.irq(number, line[at + 4] === ASCII.r);
    } else this.#stray();
  }

  /** The complaint about a command; else what a model of a device prints, to stdout as the channel is, and in blocks that end
   *  anywhere: the next answer may follow half a line of it. */
  #stray(): void {
    const text = Buffer.from(this.#line.subarray(0, this.#lineLength)).toString("latin1");
    if (REFUSAL.test(text)) {
      this.#unanswered--;
      this.#refusal = text;
      return;
    }
    const at = text.search(AT_END);
    if (at >= 0) this.#answer(at);
  }
}
