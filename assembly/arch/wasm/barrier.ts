// Memory barriers (asm/barrier.h). wasm atomics are sequentially consistent; asc drops `atomic.fence`, so a full
// barrier is an atomic read-modify-write on a word that nobody reads.

const fence = memory.data(4, 4);

@inline
export function smp_mb(): void {
  atomic.add<u32>(fence, 0);
}
