// The 93C46: a serial EEPROM of 64 words of 16 bits on a Microwire bus (Atmel AT93C46, Microchip 93C46B datasheets).
//
//   CS ──┐ commands are clocked in on DI at rising edges of SK while CS is high:
//   SK ──┤   1 10 aaaaaa            READ   then DO gives a 0 and the word, high bit first, and the next words
//   DI ──┤   1 01 aaaaaa d…         WRITE  ┐
//   DO ──┘   1 11 aaaaaa            ERASE  │ start when CS falls, take a while, need EWEN before;
//            1 00 01xxxx d…         WRAL   │ then, with CS high, DO is 0 while busy and 1 when ready
//            1 00 10xxxx            ERAL   ┘
//            1 00 11xxxx            EWEN     erase and write enabled
//            1 00 00xxxx            EWDS     disabled, as after power-on
// Zeros before the start bit are ignored, so a host that believes in eight address bits reads shifted words here:
// that is how drivers tell a 93C46 from a 93C56.
import type { Clock } from "../../../clock.ts";

const WORDS = 64;
const ADDRESS_BITS = 6;
/** Start, two bits of opcode, address. */
const COMMAND_BITS = 3 + ADDRESS_BITS;
/** Self-timed program cycle of a fast part, nanoseconds. */
const WRITE_NS = 200_000;

const IDLE = 0;
const COMMAND = 1;
const READING = 2;
const DATA = 3;
const DONE = 4;

/** What begins when CS falls. */
const COMMANDS = ["none", "write", "writeAll", "erase", "eraseAll"] as const;

interface EepromState {
  readonly words: number[];
  readonly wires: number[];
  readonly counters: number[];
}

export class Eeprom93c46 {
  readonly words = new Uint16Array(WORDS);

  readonly #clock: () => Clock;
  #cs = false;
  #sk = false;
  #do = true;
  #phase = IDLE;
  #shift = 0;
  #bits = 0;
  #address = 0;
  #command: (typeof COMMANDS)[number] = "none";
  #writeEnabled = false;
  #busyUntil = 0;

  constructor(clock: () => Clock) {
    this.#clock = clock;
  }

  /** DO. The part lets go of it when not selected; a pull-up makes that a 1. */
  get dataOut(): boolean {
    if (this.#cs && this.#phase === IDLE) return this.#clock().now() >= this.#busyUntil;
    return this.#cs ? this.#do : true;
  }

  /** Drives the three inputs. */
  drive(cs: boolean, sk: boolean, di: boolean): void {
    if (!cs && this.#cs) this.#deselect();
    const rising = cs && this.#cs && sk && !this.#sk;
    if (cs && !this.#cs) this.#phase = IDLE;
    this.#cs = cs;
    this.#sk = sk;
    if (rising) this.#clockIn(di ? 1 : 0);
  }

  #clockIn(bit: number): void {
    if (this.#phase === IDLE) {
      // The start bit; a part that is programming hears nothing.
      if (bit === 0 || this.#clock().now() < this.#busyUntil) return;
      this.#phase = COMMAND;
      this.#shift = 1;
      this.#bits = 1;
    } else if (this.#phase === COMMAND) {
      this.#shift = (this.#shift << 1) | bit;
      if (++this.#bits === COMMAND_BITS) this.#decode();
    } else if (this.#phase === READING) {
      if (this.#bits === 0) {
        this.#shift = this.words[this.#address]!;
        this.#address = (this.#address + 1) % WORDS;
        this.#bits = 16;
      }
      this.#bits--;
      this.#do = ((this.#shift >>> this.#bits) & 1) !== 0;
    } else if (this.#phase === DATA && this.#bits < 16) {
      this.#shift = ((this.#shift << 1) | bit) & 0xffff;
      this.#bits++;
    }
  }

  #decode(): void {
    const opcode = (this.#shift >>> ADDRESS_BITS) & 3;
    this.#address = this.#shift & (WORDS - 1);
    this.#bits = 0;
    this.#phase = DONE;
    if (opcode === 2) {
      this.#phase = READING;
      this.#do = false;
    } else if (opcode === 1 || (opcode === 0 && this.#extended === 1)) {
      // Keep the command beside the data that follows.
      this.#phase = DATA;
      this.#command = opcode === 1 ? "write" : "writeAll";
    } else if (opcode === 3) this.#command = "erase";
    else if (this.#extended === 2) this.#command = "eraseAll";
    else this.#writeEnabled = this.#extended === 3;
  }

  /** The commands with opcode 00 are told apart by the two high address bits. */
  get #extended(): number {
    return this.#address >>> (ADDRESS_BITS - 2);
  }

  /** CS falls: a complete write or erase begins; anything else is forgotten. */
  #deselect(): void {
    const command = this.#phase === DATA && this.#bits < 16 ? "none" : this.#command;
    this.#command = "none";
    this.#phase = IDLE;
    if (command === "none" || !this.#writeEnabled) return;
    const data = command === "write" || command === "writeAll" ? this.#shift : 0xffff;
    if (command === "write" || command === "erase") this.words[this.#address] = data;
    else this.words.fill(data);
    this.#busyUntil = this.#clock().now() + WRITE_NS;
  }

  save(): EepromState {
    return {
      words: Array.from(this.words),
      wires: [this.#cs, this.#sk, this.#do, this.#writeEnabled].map(Number),
      counters: [this.#phase, this.#shift, this.#bits, this.#address, this.#busyUntil, COMMANDS.indexOf(this.#command)],
    };
  }

  restore(state: EepromState): void {
    this.words.set(state.words);
    const [cs, sk, out, writeEnabled] = state.wires.map(Boolean) as [boolean, boolean, boolean, boolean];
    this.#cs = cs;
    this.#sk = sk;
    this.#do = out;
    this.#writeEnabled = writeEnabled;
    const [phase, shift, bits, address, busyUntil, command] = state.counters as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    this.#phase = phase;
    this.#shift = shift;
    this.#bits = bits;
    this.#address = address;
    this.#busyUntil = busyUntil;
    this.#command = COMMANDS[command]!;
  }
}
