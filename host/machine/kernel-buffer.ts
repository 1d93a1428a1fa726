// Memory of the kernel's that the host borrows for a call: what it passes to the core, or gets from it.

import { KpiError } from "../error.ts";
import type { Machine } from "./machine.ts";

const GFP_KERNEL = 0xcc0;

function allocate(machine: Machine, size: number): number {
  const address = machine.hostCall((core) => core.__kmalloc(size, GFP_KERNEL)) >>> 0;
  if (address === 0) throw new KpiError("the board has no memory left for the call; raise --mem", 1, "ENOMEM");
  return address;
}

function release(machine: Machine, address: number): void {
  if (machine.alive) machine.hostCall((core) => core.kfree(address));
}

/** Lends `size` bytes to `use`, for a call between tasks. */
export function withBufferNow<T>(machine: Machine, size: number, use: (address: number) => T): T {
  const address = allocate(machine, size);
  try {
    return use(address);
  } finally {
    release(machine, address);
  }
}

/** Lends `size` bytes to `use`, for calls in a task. */
export async function withBuffer<T>(machine: Machine, size: number, use: (address: number) => Promise<T>): Promise<T> {
  const address = allocate(machine, size);
  try {
    return await use(address);
  } finally {
    release(machine, address);
  }
}

/** The bytes of a C string. */
export function cString(text: string): Uint8Array {
  return Buffer.from(`${text}\0`);
}
