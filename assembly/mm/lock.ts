// The allocators' own lock: a test-and-set word. Interrupts are taken at windows only and no window lies inside these
// critical sections, so interrupts need not be off; the other CPU always gets on and lets go.

import { BOOT_NR_CPUS } from "../arch/wasm/memory";
import { BUG } from "../kernel/panic";

function contended(word: usize): void {
  if (load<u32>(BOOT_NR_CPUS) == 1) BUG(cstr("an allocator lock was taken twice on one CPU"));
  do {
    while (atomic.load<u32>(word)) {}
  } while (atomic.cmpxchg<u32>(word, 0, 1));
}

@inline
export function mm_lock(word: usize): void {
  if (atomic.cmpxchg<u32>(word, 0, 1)) contended(word);
}

@inline
export function mm_unlock(word: usize): void {
  atomic.store<u32>(word, 0);
}
