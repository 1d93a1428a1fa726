// pcapng, draft-ietf-opsawg-pcapng: what Wireshark reads. One section, one interface, nanoseconds, and of each frame
// which way it went.
//
//   block: │ type 32 │ total length 32 │ body, padded to 4 │ total length 32 │
import { closeSync, openSync, writeSync } from "node:fs";
import { KpiError } from "../../host/error.ts";
import { systemErrorText } from "../../host/errno.ts";

const SECTION_HEADER = 0x0a0d0d0a;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const INTERFACE_DESCRIPTION = 1;
const ENHANCED_PACKET = 6;
const LINKTYPE_ETHERNET = 1;
const OPT_IF_NAME = 2;
const OPT_IF_TSRESOL = 9;
const OPT_EPB_FLAGS = 2;
const OPT_SHB_USERAPPL = 4;
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
    this.#u32(Math.floor(high / TWO16) + Math.floor(low / TWO32));
    this.#u32(low % TWO32);
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

  /** Brings what is noted to the file. */
  flush(): void {
    try {
      for (let done = 0; done < this.#used;) done += writeSync(this.#fd, this.#bytes, done, this.#used - done);
    } catch (error) {
      throw new KpiError(`pcap=${this.#path}: cannot write it: ${systemErrorText(error)}`);
    } finally {
      this.#used = 0;
    }
  }

  close(): void {
    try {
      this.flush();
    } finally {
      closeSync(this.#fd);
    }
  }
}
