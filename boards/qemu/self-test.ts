// Whether the devices' RAM and the core's memory are one: a word that each side writes is read by the other.

import { ARENA } from "../../assembly/arch/wasm/memory.ts";
import { KpiError } from "../../host/error.ts";
import type { Qtest } from "./qtest.ts";

const PATTERN = 0x4b504931;

export function checkMemory(qtest: Qtest, memory: WebAssembly.Memory): void {
  const words = new Uint32Array(memory.buffer);
  // The first and the last word that a device may be given.
  for (const address of [ARENA, memory.buffer.byteLength - 4]) {
    const index = address >>> 2;
    words[index] = PATTERN;
    const theirs = qtest.mmioRead(address, 4) >>> 0;
    qtest.mmioWrite(address, 4, ~PATTERN >>> 0);
    qtest.sync();
    const ours = words[index];
    words[index] = 0;
    if (theirs === PATTERN && ours === ~PATTERN >>> 0) continue;
    throw new KpiError("QEMU's RAM is not the board's memory: the kernel does not share the mapping as it should");
  }
}
