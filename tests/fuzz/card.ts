// A card of any model on a board without a CPU: the case's steps are its driver, its cable and its memory. Every case
// begins with the same card, link up, in the same memory.

import assert from "node:assert/strict";
import { PCI_STATUS_REC_MASTER_ABORT, allOnes } from "../../boards/desktop/pci/config-space.ts";
import type { DesktopState } from "../../boards/desktop/board.ts";
import { READABLE, TestMachine, WRITABLE } from "../boards/machine.ts";
import { frameOf, type FrameStep } from "./frames.ts";

const MMIO = 0xe0000000;
const PORT = 0xc000;
/** From one base address in memory to the next. */
const BAR_STEP = 0x200000;
const DEVICE = 3;
/** What the card may touch; behind it a page to read, one to write, and nothing. */
export const ARENA = 0x200000;
export const ARENA_BYTES = 0x8000;
export const READ_ONLY = ARENA + ARENA_BYTES;
export const WRITE_ONLY = READ_ONLY + 0x1000;
const MAPPED_END = WRITE_ONLY + 0x1000;
/** Time for the link to come up, ns. */
const SETTLE_NS = 3e9;
/** More reports than that about one case would drown a console. */
const REPORTS_MAX = 64;

export type CardStep =
  | FrameStep
  | { readonly write: number; readonly width: number; readonly value: number; readonly port?: boolean }
  | { readonly read: number; readonly width: number; readonly port?: boolean }
  | { readonly config: number; readonly width: number; readonly value: number; readonly bdf?: number }
  | { readonly look: number; readonly width: number; readonly bdf?: number }
  | { readonly memory: number; readonly words: readonly number[] }
  | { readonly ns: number }
  | { readonly plug: boolean }
  | { readonly save: true };

export class FuzzCard {
  readonly machine: TestMachine;
  /** Bytes of registers that it decodes. */
  readonly registerBytes: number;
  readonly #state: DesktopState;
  readonly #guard: Uint8Array;
  #sent = 0;

  constructor(spec: string) {
    this.machine = new TestMachine([spec]);
    const { machine } = this;
    machine.setConfig(0x14, 4, 0xffffffff);
    const sizes = [0x10, 0x14].map((where) => {
      machine.setConfig(where, 4, 0xffffffff);
      const size = machine.config(where, 4);
      return (~(size & (size & 1 ? ~3 : ~15)) + 1) >>> 0;
    });
    this.registerBytes = Math.max(...sizes);
    this.#decode();
    machine.map(ARENA, ARENA_BYTES);
    machine.map(READ_ONLY, 0x1000, READABLE);
    machine.map(WRITE_ONLY, 0x1000, WRITABLE);
    machine.clock.advance(SETTLE_NS);
    this.#state = machine.board.save();
    const end = machine.board.cables[0]?.wire.b;
    if (end) {
      const { onReceive } = end;
      end.onReceive = (frame) => {
        this.#sent++;
        onReceive(frame);
      };
    }
    // The read-only page is part of what must not change.
    this.#guard = machine.bytes.slice();
  }

  /** Which of its base addresses are memory and which ports, the model says: the first of each kind is at MMIO or PORT,
   *  the others are above. */
  #decode(): void {
    const { machine } = this;
    let memory = MMIO;
    let port = PORT;
    for (let where = 0x10; where < 0x28; where += 4) {
      const low = machine.config(where, 4);
      machine.setConfig(where, 4, low & 1 ? port : memory);
      if (low & 1) port += 0x100;
      else memory += BAR_STEP;
      // The upper half of a wide one.
      if ((low & 7) === 4) machine.setConfig((where += 4), 4, 0);
    }
    machine.setConfig(0x04, 2, 7);
  }

  /** Everything is as at the beginning of every other case. */
  reset(): void {
    const { machine } = this;
    const cable = machine.board.cables[0];
    cable?.wire.plug(false);
    cable?.wire.plug(true);
    machine.clock.rewind(SETTLE_NS);
    machine.board.restore(this.#state);
    machine.bytes.fill(0, ARENA, READ_ONLY);
    machine.bytes.fill(0, WRITE_ONLY, MAPPED_END);
    machine.reports.length = 0;
    machine.edges.length = 0;
    this.#sent = 0;
  }

  /** What became of the case, in a word. */
  outcome(): string {
    if (this.#sent > 0) return "sent";
    return this.machine.config(0x06, 2) & PCI_STATUS_REC_MASTER_ABORT ? "refused dma" : "quiet";
  }

  do(step: CardStep): void {
    const { machine } = this;
    const { board } = machine;
    if ("write" in step) {
      if (step.port) board.portWrite(PORT + step.write, step.width, step.value);
      else board.mmioWrite(MMIO + step.write, step.width, step.value);
    } else if ("read" in step) {
      const value = step.port
        ? board.portRead(PORT + step.read, step.width)
        : board.mmioRead(MMIO + step.read, step.width);
      checkValue(value, step.width);
    } else if ("config" in step) board.pciWrite(step.bdf ?? DEVICE << 3, step.config, step.width, step.value);
    else if ("look" in step) checkValue(board.pciRead(step.bdf ?? DEVICE << 3, step.look, step.width), step.width);
    else if ("memory" in step) {
      step.words.forEach((word, i) => machine.view.setUint32(step.memory + 4 * i, word, true));
    } else if ("ns" in step) machine.clock.advance(step.ns);
    else if ("plug" in step) board.cables[0]?.wire.plug(step.plug);
    else if ("save" in step) this.#saveAndRestore();
    else {
      board.cables[0]?.wire.b.send(frameOf(step));
      machine.clock.advance(60_000);
    }
  }

  /** What is saved, as text and back, is the same state. */
  #saveAndRestore(): void {
    const { board } = this.machine;
    const before = JSON.stringify(board.save());
    board.restore(JSON.parse(before) as DesktopState);
    assert.equal(JSON.stringify(board.save()), before, "a state that was restored is another one");
  }

  /** What must hold after each case. */
  checkCase(): void {
    const { reports, clock } = this.machine;
    assert.ok(reports.length <= REPORTS_MAX, `${reports.length} reports: ${reports.slice(0, 3).join(" | ")}`);
    for (const report of reports) assert.match(report, /^[^\n\r]{1,300}$/);
    assert.ok(clock.pending <= 16, `${clock.pending} alarms are waiting`);
  }

  /** Whether memory that the card may not write is as it was. */
  checkMemory(): void {
    const { bytes } = this.machine;
    const same = (from: number, to: number): boolean =>
      Buffer.compare(bytes.subarray(from, to), this.#guard.subarray(from, to)) === 0;
    assert.ok(
      same(0, ARENA) && same(READ_ONLY, WRITE_ONLY) && same(MAPPED_END, bytes.length),
      "it wrote where it may not",
    );
  }

  /** Offsets of registers that read as something, or keep what is written: where random traffic has an effect. */
  hotRegisters(): number[] {
    const { board } = this.machine;
    const hot: number[] = [];
    for (let offset = 0; offset < this.registerBytes; offset += 4) {
      const before = board.mmioRead(MMIO + offset, 4);
      board.mmioWrite(MMIO + offset, 4, ~before >>> 0);
      if (before !== 0 || board.mmioRead(MMIO + offset, 4) !== before) hot.push(offset);
    }
    this.reset();
    return hot;
  }

  close(): Promise<void> {
    return this.machine.board.close();
  }
}

function checkValue(value: number, width: number): void {
  assert.ok(Number.isInteger(value) && value >= 0 && value <= allOnes(width), `a read of ${width} bytes gave ${value}`);
}
