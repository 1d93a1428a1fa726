// The configuration space of one PCI function: the type 0 header of the PCI Local Bus Specification
// 3.0, chapter 6. It is 256 bytes of state under two masks: which bits software may change, and which it clears by
// writing ones. Sizing a BAR needs no code: the low address bits are not in the mask.
//
//   00 vendor, device      04 command, status       08 revision, class       0c cache line, latency, type, BIST
//   10 BAR0 … 24 BAR5      28 CardBus CIS           2c subsystem             30 expansion ROM
//   34 capabilities        3c interrupt line, pin, min_gnt, max_lat          40 device specific, capabilities

export const PCI_VENDOR_ID = 0x00;
export const PCI_DEVICE_ID = 0x02;
export const PCI_COMMAND = 0x04;
export const PCI_COMMAND_IO = 1 << 0;
export const PCI_COMMAND_MEMORY = 1 << 1;
export const PCI_COMMAND_MASTER = 1 << 2;
export const PCI_COMMAND_INVALIDATE = 1 << 4;
export const PCI_COMMAND_PARITY = 1 << 6;
export const PCI_COMMAND_SERR = 1 << 8;
export const PCI_COMMAND_INTX_DISABLE = 1 << 10;
export const PCI_STATUS = 0x06;
export const PCI_STATUS_INTERRUPT = 1 << 3;
export const PCI_STATUS_CAP_LIST = 1 << 4;
export const PCI_STATUS_66MHZ = 1 << 5;
export const PCI_STATUS_FAST_BACK = 1 << 7;
export const PCI_STATUS_DEVSEL_MEDIUM = 1 << 9;
export const PCI_STATUS_REC_MASTER_ABORT = 1 << 13;
/** The error bits of the status register, cleared by writing ones: 15..11 and 8. */
const PCI_STATUS_ERRORS = 0xf900;
export const PCI_REVISION_ID = 0x08;
export const PCI_CLASS_PROG = 0x09;
export const PCI_CACHE_LINE_SIZE = 0x0c;
export const PCI_LATENCY_TIMER = 0x0d;
export const PCI_BASE_ADDRESS_0 = 0x10;
const PCI_BASE_ADDRESS_SPACE_IO = 1 << 0;
const PCI_BASE_ADDRESS_MEM_TYPE_64 = 1 << 2;
const PCI_BASE_ADDRESS_MEM_PREFETCH = 1 << 3;
export const PCI_SUBSYSTEM_VENDOR_ID = 0x2c;
export const PCI_SUBSYSTEM_ID = 0x2e;
export const PCI_ROM_ADDRESS = 0x30;
const PCI_ROM_ADDRESS_ENABLE = 1 << 0;
export const PCI_CAPABILITY_LIST = 0x34;
export const PCI_INTERRUPT_LINE = 0x3c;
export const PCI_INTERRUPT_PIN = 0x3d;
export const PCI_MIN_GNT = 0x3e;
export const PCI_MAX_LAT = 0x3f;

export const BARS = 6;
/** The expansion ROM counts as the base address behind the last. */
export const ROM = 6;
const BYTES = 256;
/** With the extended space of PCI Express. */
export const EXPRESS_BYTES = 4096;

export type BarKind = "io" | "memory" | "memory64" | "prefetch64" | "rom";

/** The bits of a base address that software cannot change. */
const KIND_BITS: Readonly<Record<BarKind, number>> = {
  io: PCI_BASE_ADDRESS_SPACE_IO,
  memory: 0,
  memory64: PCI_BASE_ADDRESS_MEM_TYPE_64,
  prefetch64: PCI_BASE_ADDRESS_MEM_TYPE_64 | PCI_BASE_ADDRESS_MEM_PREFETCH,
  rom: 0,
};

/** Whether a base address takes two registers. */
function isWide(kind: BarKind): boolean {
  return kind === "memory64" || kind === "prefetch64";
}

/** Where the register of base address `index` is. */
export function barRegister(index: number): number {
  return index === ROM ? PCI_ROM_ADDRESS : PCI_BASE_ADDRESS_0 + 4 * index;
}

/** What a read of `width` bytes gives when nothing answers. */
export function allOnes(width: number): number {
  return width === 4 ? 0xffffffff : width === 2 ? 0xffff : 0xff;
}

export interface BarState {
  readonly kind: BarKind;
  readonly size: number;
}

export class ConfigSpace {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The base addresses, and the expansion ROM behind them. */
  readonly bars: (BarState | undefined)[] = new Array<BarState | undefined>(BARS + 1).fill(undefined);

  readonly #view: DataView;
  readonly #writable: Uint8Array;
  readonly #clearable: Uint8Array;
  readonly #defaults: Uint8Array<ArrayBuffer>;

  constructor(bytes = BYTES) {
    this.bytes = new Uint8Array(bytes);
    this.#view = new DataView(this.bytes.buffer);
    this.#writable = new Uint8Array(bytes);
    this.#clearable = new Uint8Array(bytes);
    this.#defaults = new Uint8Array(bytes);
    // Every function has these; a device adds what else it implements.
    this.allow(PCI_CACHE_LINE_SIZE, 1, 0xff);
    this.allow(PCI_LATENCY_TIMER, 1, 0xff);
    this.allow(PCI_INTERRUPT_LINE, 1, 0xff);
    this.clearable(PCI_STATUS, 2, PCI_STATUS_ERRORS);
  }

  /** Software's read. A conventional function has no extended space: there a read is all ones. */
  read(where: number, width: number): number {
    if (where + width > this.bytes.length) return allOnes(width);
    if (width === 4) return this.#view.getUint32(where, true);
    return width === 2 ? this.#view.getUint16(where, true) : this.bytes[where]!;
  }

  /** Software's write: byte by byte through the masks. */
  write(where: number, width: number, value: number): void {
    if (where + width > this.bytes.length) return;
    for (let i = 0; i < width; i++) {
      const at = where + i;
      const byte = (value >>> (8 * i)) & 0xff;
      const mask = this.#writable[at]!;
      this.bytes[at] = ((this.bytes[at]! & ~mask) | (byte & mask)) & ~(byte & this.#clearable[at]!);
    }
  }

  // ── The device's side: no masks. ──

  get8(where: number): number {
    return this.bytes[where]!;
  }

  get16(where: number): number {
    return this.#view.getUint16(where, true);
  }

  get32(where: number): number {
    return this.#view.getUint32(where, true);
  }

  set(where: number, size: number, value: number): void {
    for (let i = 0; i < size; i++) this.bytes[where + i] = value >>> (8 * i);
  }

  /** Sets a field and makes the value its default after reset. */
  define(where: number, size: number, value: number): void {
    this.set(where, size, value);
    for (let i = 0; i < size; i++) this.#defaults[where + i] = value >>> (8 * i);
  }

  /** Adds bits that software may write. */
  allow(where: number, size: number, mask: number): void {
    for (let i = 0; i < size; i++) this.#writable[where + i]! |= mask >>> (8 * i);
  }

  /** Adds bits that software clears by writing ones to them. */
  clearable(where: number, size: number, mask: number): void {
    for (let i = 0; i < size; i++) this.#clearable[where + i]! |= mask >>> (8 * i);
  }

  /** Declares a base address register; `size` is a power of two, at least 4 (I/O), 16 (memory) or 2048 (ROM). */
  bar(index: number, kind: BarKind, size: number): void {
    const where = barRegister(index);
    this.bars[index] = { kind, size };
    this.define(where, 4, KIND_BITS[kind]);
    this.allow(where, 4, (0x100000000 - size) >>> 0);
    if (kind === "rom") this.allow(where, 4, PCI_ROM_ADDRESS_ENABLE);
    if (isWide(kind)) this.allow(where + 4, 4, 0xffffffff);
    this.allow(PCI_COMMAND, 2, kind === "io" ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY);
  }

  /** Whether the command register lets the BAR decode. */
  decodes(kind: BarKind): boolean {
    return (this.command & (kind === "io" ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY)) !== 0;
  }

  /** Where the BAR decodes if the command register lets it; -1 if no address was given to it. */
  barAddress(index: number): number {
    const bar = this.bars[index];
    if (bar === undefined) return -1;
    const where = barRegister(index);
    const base = (this.get32(where) & -bar.size) >>> 0;
    if (bar.kind === "rom" && (this.get32(where) & PCI_ROM_ADDRESS_ENABLE) === 0) return -1;
    // Above 4 GiB nothing reaches it; at 0 it was never assigned; at the top it is being sized.
    if (isWide(bar.kind) && this.get32(where + 4) !== 0) return -1;
    return base === 0 || base + bar.size > 0xffffffff ? -1 : base;
  }

  get command(): number {
    return this.#view.getUint16(PCI_COMMAND, true);
  }

  /** Sets bits of the status register that the hardware sets. */
  raiseStatus(bits: number): void {
    this.set(PCI_STATUS, 2, this.get16(PCI_STATUS) | bits);
  }

  /** RST#: every register takes its default. */
  reset(): void {
    this.bytes.set(this.#defaults);
  }
}
