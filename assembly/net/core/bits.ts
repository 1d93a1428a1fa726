// asm-generic/bitops/atomic.h for bits 0..31 of one word: device, queue and NAPI states are such words.

@inline
export function test_bit(nr: u32, word: usize): bool {
  return (atomic.load<u32>(word) & (1 << nr)) != 0;
}

@inline
export function set_bit(nr: u32, word: usize): void {
  atomic.or<u32>(word, 1 << nr);
}

@inline
export function clear_bit(nr: u32, word: usize): void {
  atomic.and<u32>(word, ~(1 << nr));
}

@inline
export function test_and_set_bit(nr: u32, word: usize): bool {
  return (atomic.or<u32>(word, 1 << nr) & (1 << nr)) != 0;
}

@inline
export function test_and_clear_bit(nr: u32, word: usize): bool {
  return (atomic.and<u32>(word, ~(1 << nr)) & (1 << nr)) != 0;
}
