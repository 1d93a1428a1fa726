// Memory that another process shares: a file without a name (memfd_create), which is then mapped over the linear memory of
// the board, in place. It is gone with the last process that has it open, however they end.

import { ftruncateSync } from "node:fs";
import { koffi, libcFunction } from "./koffi.ts";
import { systemError } from "./fd.ts";

/** sys/mman.h, asm-generic/mman-common.h. */
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const MAP_FIXED = 0x10;
const MFD_CLOEXEC = 1;

/** A file in memory of `size` bytes, all zeros; its descriptor. `name` is what /proc shows. */
export function createMemoryFile(purpose: string, name: string, size: number): number {
  const create = libcFunction(purpose, "int memfd_create(str name, uint flags)");
  const fd: number = create(name, MFD_CLOEXEC);
  if (fd < 0) throw systemError("memfd_create", koffi(purpose).errno());
  ftruncateSync(fd, size);
  return fd;
}

/**
 * Makes the file what `memory` has in it from address `from` to its end, each byte at its own address; what was there is
 * lost. The engine knows nothing of it and needs not: the pages are where it reserved them, for ever, as a shared memory
 * never moves and this one never grows. `from`: a multiple of the page size.
 */
export function mapOver(purpose: string, memory: WebAssembly.Memory, fd: number, from: number): void {
  const bytes = new Uint8Array(memory.buffer, from);
  // A copy of nothing onto itself, whose result is the address: koffi has no other way that takes shared buffers.
  const addressOf = libcFunction(purpose, "uintptr_t memmove(void *to, void *from, size_t size)");
  const mmap = libcFunction(
    purpose,
    "uintptr_t mmap(uintptr_t address, size_t length, int protection, int flags, int fd, int64_t offset)",
  );
  const address: number | bigint = addressOf(bytes, bytes, 0);
  const mapped: number | bigint = mmap(address, bytes.length, PROT_READ_WRITE, MAP_SHARED | MAP_FIXED, fd, from);
  if (mapped !== address) throw systemError("mmap", koffi(purpose).errno());
}
