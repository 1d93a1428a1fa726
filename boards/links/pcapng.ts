// pcapng, draft-ietf-opsawg-pcapng: what Wireshark reads. One section, one interface, nanoseconds, of each frame which way
// it went, and at the end how many were lost.
//
//   block: │ type 32 │ total length 32 │ body, padded to 4 │ total length 32 │
import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { KpiError } from "../../host/error.ts";
import { systemErrorText } from "../../host/errno.ts";

const SECTION_HEADER = 0x0a0d0d0a;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const INTERFACE_DESCRIPTION = 1;
const INTERFACE_STATISTICS = 5;
const ENHANCED_PACKET = 6;
const LINKTYPE_ETHERNET = 1;
const OPT_IF_NAME = 2;
const OPT_IF_TSRESOL = 9;
const OPT_EPB_FLAGS = 2;
const OPT_SHB_USERAPPL = 4;
const OPT_ISB_IFRECV = 4;
const OPT_ISB_IFDROP = 5;
const NANOSECONDS = 9;
const TWO16 = 0x10000;
const TWO32 = 0x1_0000_0000;

export const INBOUND = 1;
export const OUTBOUND = 2;

/** What a packet block adds to its frame, padding included. */
const OVERHEAD = 28 + 12 + 4 + 3;
const BUFFER_BYTES = 1 << 18;

const pad = (length: number): number => (length + 3) & ~3;

export class PcapngWriter {
  readonly #path: string;
  readonly #fd: number;
  readonly #bytes = new Uint8Array(BUFFER_BYTES);
  readonly #view = new DataView(this.#bytes.buffer);
  #used = 0;
  /** What is in the file: whole blocks. */
  #size = 0;
  #failed = false;
  #packets = 0;
  /** High and low half of the last packet's time. */
  #high = 0;
  #low = 0;

  /** Makes the file, with the interface's name in it. */
  constructor(path: string, name: string) {
    this.#path = path;
    try {
      this.#fd = openSync(path, "w");
    } catch (error) {
      throw new KpiError(`pcap=${path}: cannot write it: ${systemErrorText(error)}`);
    }
    this.#block(SECTION_HEADER, () => {
      this.#u32(BYTE_ORDER_MAGIC);
      this.#u16(1);
      this.#u16(0);
      // The length of the section is not known.
      this.#u32(0xffffffff);
      this.#u32(0xffffffff);
      this.#option(OPT_SHB_USERAPPL, Buffer.from("kpi"));
      this.#u32(0);
    });
    this.#block(INTERFACE_DESCRIPTION, () => {
      this.#u16(LINKTYPE_ETHERNET);
      this.#u16(0);
      this.#u32(0);
      this.#option(OPT_IF_NAME, Buffer.from(name));
      this.#option(OPT_IF_TSRESOL, Uint8Array.of(NANOSECONDS));
      this.#u32(0);
    });
    try {
      // A file that Wireshark can read from the first moment on, also if nothing passes before somebody kills this process.
      this.flush();
    } catch (error) {
      closeSync(this.#fd);
      throw error;
    }
  }

  /** Notes a frame; `seconds` since 1970 and `ns`, whole numbers. */
  write(frame: Uint8Array, direction: number, seconds: number, ns: number): void {
    if (this.#used + frame.length + OVERHEAD > BUFFER_BYTES) this.flush();
    const { length } = frame;
    const total = 32 + pad(length) + 12;
    // A double does not hold the nanoseconds since 1970: high and low halves of seconds * 1e9 + ns, by 16 bits of seconds.
    const high = Math.floor(seconds / TWO16) * 1e9;
    const low = (high % TWO16) * TWO16 + (seconds % TWO16) * 1e9 + ns;
    this.#u32(ENHANCED_PACKET);
    this.#u32(total);
    this.#u32(0);
    this.#packets++;
    this.#high = Math.floor(high / TWO16) + Math.floor(low / TWO32);
    this.#low = low % TWO32;
    this.#u32(this.#high);
    this.#u32(this.#low);
    this.#u32(length);
    this.#u32(length);
    this.#bytes.set(frame, this.#used);
    this.#bytes.fill(0, this.#used + length, this.#used + pad(length));
    this.#used += pad(length);
    this.#u16(OPT_EPB_FLAGS);
    this.#u16(4);
    this.#u32(direction);
    this.#u32(0);
    this.#u32(total);
  }

  #block(type: number, body: () => void): void {
    const start = this.#used;
    this.#u32(type);
    this.#u32(0);
    body();
    const total = this.#used - start + 4;
    this.#view.setUint32(start + 4, total, true);
    this.#u32(total);
  }

  #option(code: number, value: Uint8Array): void {
    this.#u16(code);
    this.#u16(value.length);
    this.#bytes.set(value, this.#used);
    this.#used += pad(value.length);
  }

  #u16(value: number): void {
    this.#view.setUint16(this.#used, value, true);
    this.#used += 2;
  }

  #u32(value: number): void {
    this.#view.setUint32(this.#used, value, true);
    this.#used += 4;
  }

  /** Brings what is noted to the file. Once that has failed, the file is left as it is. */
  flush(): void {
    if (this.#failed) return;
    let done = 0;
    try {
      while (done < this.#used) done += writeSync(this.#fd, this.#bytes, done, this.#used - done);
      this.#size += done;
    } catch (error) {
      this.#failed = true;
      this.#cut(done);
      throw new KpiError(`pcap=${this.#path}: cannot write it: ${systemErrorText(error)}`);
    } finally {
      this.#used = 0;
    }
  }

  /** Of the `done` bytes that still went into the file, keeps whole blocks: half of one nobody can read. */
  #cut(done: number): void {
    let whole = 0;
    for (let end = 0; end <= done; end += end < done ? this.#view.getUint32(end + 4, true) : Infinity) whole = end;
    try {
      ftruncateSync(this.#fd, this.#size + whole);
    } catch {
      // It is no file on a disk.
    }
  }

  /** Ends the file; `dropped`: frames that were lost. */
  close(dropped: number): void {
    this.#block(INTERFACE_STATISTICS, () => {
      this.#u32(0);
      this.#u32(this.#high);
      this.#u32(this.#low);
      this.#option(OPT_ISB_IFRECV, u64(this.#packets));
      this.#option(OPT_ISB_IFDROP, u64(dropped));
      this.#u32(0);
    });
    try {
      this.flush();
    } finally {
      closeSync(this.#fd);
    }
  }
}

function u64(value: number): Uint8Array {
  return Buffer.from(BigUint64Array.of(BigInt(value)).buffer);
}
