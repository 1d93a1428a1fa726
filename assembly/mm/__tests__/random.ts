// A small repeatable generator for specs (Numerical Recipes' LCG, upper bits).

let state: u32 = 1;

export function seed(value: u32): void {
  state = value;
}

/** A number below `limit`. */
export function random(limit: u32): u32 {
  state = state * 1664525 + 1013904223;
  return <u32>((<u64>state * <u64>limit) >> 32);
}
