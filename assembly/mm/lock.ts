// The allocators' own lock: a test-and-set word, which holds the owner's CPU number + 1. Interrupts are taken at windows
// only and no window lies inside these critical sections, so interrupts need not be off; the other CPU always gets on and
// lets go.

import { smp_processor_id } from "../arch/wasm/cpu";
import { host_relax } from "../arch/wasm/host";
import { BUG } from "../kernel/panic";

/** How often a CPU looks before it lets go of its processor, which the other one may need. */
const LOOKS: u32 = 1024;

@inline
function own_mark(): u32 {
  return smp_processor_id() + 1;
}

function contended(word: usize): void {
  if (atomic.load<u32>(word) == own_mark()) BUG(cstr("an allocator lock was taken twice on one CPU"));
  do {
    for (let looks: u32 = 1; atomic.load<u32>(word); looks++) {
      if (looks % LOOKS == 0) host_relax();
    }
  } while (atomic.cmpxchg<u32>(word, 0, own_mark()));
}

@inline
export function mm_lock(word: usize): void {
  if (atomic.cmpxchg<u32>(word, 0, own_mark())) contended(word);
}

@inline
export function mm_unlock(word: usize): void {
  atomic.store<u32>(word, 0);
}
