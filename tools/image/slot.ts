// The header of a slot (boards/firmware/slot.h): written, read and checked.

import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { KpiError } from "../../host/error.ts";
import { boardOfId, firmwareBoard, KINDS, SLOT_BYTES, type Kind } from "./boards.ts";
import { isImage } from "./image-header.ts";

export const SLOT_HEADER_BYTES = 1024;
export const SLOT_MAGIC = 0x544f4c53;
export const SLOT_SOURCES = 12;
const NAME_BYTES = 32;
const HASH_BYTES = 32;
const WORDS = 10;
const SEQUENCE_AT = 4 * 4;
const HASHES_AT = WORDS * 4;
const SOURCES_AT = HASHES_AT + HASH_BYTES;
const SOURCE_BYTES = NAME_BYTES + HASH_BYTES + 8;
const CRC_AT = SOURCES_AT + SLOT_SOURCES * SOURCE_BYTES;

export interface Source {
  name: string;
  sha256: Buffer;
  /** What is the image's because of it: code and data in flash, variables in memory. */
  flashBytes: number;
  ramBytes: number;
}

export interface Slot {
  /** The board's name. */
  board: string;
  kind: Kind;
  abi: number;
  sequence: number;
  memoryBytes: number;
  /** Of the body: where its code ends and function names begin; 0: it has none. */
  symbols: number;
  sources: Source[];
  body: Buffer;
}

export const sha256 = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();

export function writeSlot(slot: Slot): Buffer {
  if (slot.sources.length > SLOT_SOURCES) throw new KpiError(`an image has room for ${SLOT_SOURCES - 1} drivers`, 2);
  const most = SLOT_BYTES - SLOT_HEADER_BYTES;
  if (slot.body.length > most) throw new KpiError(`the image has ${slot.body.length} bytes, a slot room for ${most}`);
  const header = Buffer.alloc(SLOT_HEADER_BYTES);
  const kind = KINDS.indexOf(slot.kind) + 1;
  const { length } = slot.body;
  const { id } = firmwareBoard(slot.board);
  const words = [SLOT_MAGIC, id, kind, slot.abi, slot.sequence, length, crc32(slot.body), slot.memoryBytes];
  [...words, slot.symbols, slot.sources.length].forEach((word, i) => header.writeUInt32LE(word >>> 0, 4 * i));
  sha256(slot.body).copy(header, HASHES_AT);
  slot.sources.forEach(({ name, sha256: hash, flashBytes, ramBytes }, i) => {
    const at = SOURCES_AT + i * SOURCE_BYTES;
    header.write(name.slice(0, NAME_BYTES - 1), at, "utf8");
    hash.copy(header, at + NAME_BYTES);
    [flashBytes, ramBytes].forEach((word, j) => header.writeUInt32LE(word, at + NAME_BYTES + HASH_BYTES + 4 * j));
  });
  header.writeUInt32LE(crc32(header.subarray(0, CRC_AT)), CRC_AT);
  return Buffer.concat([header, slot.body]);
}

/** Reads what writeSlot wrote; refuses what no board would boot. */
export function readSlot(bytes: Buffer, name: string): Slot {
  const refuse = (why: string): never => {
    throw new KpiError(`${name}: ${why}`);
  };
  if (bytes.length < SLOT_HEADER_BYTES || bytes.readUInt32LE(0) !== SLOT_MAGIC)
    refuse("no board image; make one with: kpi image");
  const word = (i: number): number => bytes.readUInt32LE(4 * i);
  if (crc32(bytes.subarray(0, CRC_AT)) !== bytes.readUInt32LE(CRC_AT)) refuse("its header is damaged");
  const board = boardOfId(word(1)) ?? refuse("an image for a board that this version does not know");
  const body = bytes.subarray(SLOT_HEADER_BYTES, SLOT_HEADER_BYTES + word(5));
  if (body.length !== word(5)) refuse(`it is cut off: ${body.length} of ${word(5)} bytes`);
  if (crc32(body) !== word(6)) refuse("its body is damaged");
  if (!isImage(body, word(7)) || word(8) > body.length) refuse("its body is no image");
  const kind = KINDS[word(2) - 1] ?? refuse(`an image of kind ${word(2)}, which this version does not know`);
  const sources = Array.from({ length: Math.min(word(9), SLOT_SOURCES) }, (_, i): Source => {
    const at = SOURCES_AT + i * SOURCE_BYTES;
    const text = bytes.subarray(at, at + NAME_BYTES);
    const end = text.indexOf(0);
    return {
      name: text.toString("utf8", 0, end < 0 ? NAME_BYTES : end),
      sha256: bytes.subarray(at + NAME_BYTES, at + NAME_BYTES + HASH_BYTES),
      flashBytes: bytes.readUInt32LE(at + NAME_BYTES + HASH_BYTES),
      ramBytes: bytes.readUInt32LE(at + NAME_BYTES + HASH_BYTES + 4),
    };
  });
  return { board, kind, abi: word(3), sequence: word(4), memoryBytes: word(7), symbols: word(8), sources, body };
}

/** The image with another sequence number: the board says which makes it the newest. */
export function withSequence(bytes: Buffer, sequence: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt32LE(sequence >>> 0, SEQUENCE_AT);
  copy.writeUInt32LE(crc32(copy.subarray(0, CRC_AT)), CRC_AT);
  return copy;
}
