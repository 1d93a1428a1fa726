// A generator that repeats itself: xorshift32.

export class Random {
  #state: number;

  constructor(seed: number) {
    // Zero is the one state that xorshift never leaves.
    this.#state = (seed ^ 0x9e3779b9) | 0 || 1;
    for (let i = 0; i < 8; i++) this.next();
  }

  /** 32 bits. */
  next(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return x >>> 0;
  }

  /** True once in 1/`share` times. */
  chance(share: number): boolean {
    return share > 0 && this.next() < share * 0x1_0000_0000;
  }

  /** 0 to `count` - 1. */
  below(count: number): number {
    return this.next() % count;
  }
}
