// struct image of boards/firmware/abi.h, the start of an image's body, as bytes.

import { KERNEL_ENTRIES } from "./kernel-entries.ts";

export const ABI_VERSION = 2;
export const IMAGE_MAGIC = 0x4d49504b;
/** Mutable globals that an image may have. */
export const GLOBALS = 4;

export interface ImageHeader {
  memoryBytes: number;
  globals: readonly number[];
  entries: readonly number[];
  data: readonly [at: number, count: number];
  steps: readonly [at: number, count: number];
  scratch: number;
  arena: number;
  table: readonly [at: number, core: number, all: number];
  functions: number;
  halts: boolean;
  rmmod: number;
}

/** Its length. */
export const IMAGE_WORDS = 3 + GLOBALS + KERNEL_ENTRIES.length + 4 + 2 + 3 + 3;

const ARENA_WORD = 3 + GLOBALS + KERNEL_ENTRIES.length + 4 + 1;
const HALTS_WORD = ARENA_WORD + 1 + 3 + 1;

/** Whether a body begins as one that was linked for so much memory does. */
export const isImage = (body: Buffer, memoryBytes: number): boolean =>
  body.length >= 4 * IMAGE_WORDS && body.readUInt32LE(0) === IMAGE_MAGIC && body.readUInt32LE(8) === memoryBytes;

/** Of an image's body: where the core's arena begins in linear memory. */
export const arenaOf = (body: Buffer): number => body.readUInt32LE(4 * ARENA_WORD);

/** Whether the board halts after a panic. */
export const haltsOf = (body: Buffer): boolean => body.readUInt32LE(4 * HALTS_WORD) !== 0;

export function imageHeader(image: ImageHeader): Buffer {
  const globals = Array.from({ length: GLOBALS }, (_, i) => image.globals[i] ?? 0);
  const tail = [...image.data, ...image.steps, image.scratch, image.arena, ...image.table];
  const all = [
    IMAGE_MAGIC,
    ABI_VERSION,
    image.memoryBytes,
    ...globals,
    ...image.entries,
    ...tail,
    image.functions,
    Number(image.halts),
    image.rmmod,
  ];
  return Buffer.from(Uint32Array.from(all).buffer);
}
