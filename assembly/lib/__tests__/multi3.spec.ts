import { __multi3 } from "../multi3";

const product = memory.data(16, 8);

function multiply(a: i64, b: i64): void {
  __multi3(product, a, a >> 63, b, b >> 63);
}

describe("__multi3", () => {
  test("has all 128 bits of a product", () => {
    __multi3(product, u64.MAX_VALUE, 0, u64.MAX_VALUE, 0);
    expect(load<u64>(product)).toBe(1);
    expect(load<u64>(product, 8)).toBe(u64.MAX_VALUE - 1);
    __multi3(product, 0x123456789abcdef0, 0, 0xfedcba9876543210, 0);
    expect(load<u64>(product)).toBe(0x236d88fe5618cf00);
    expect(load<u64>(product, 8)).toBe(0x121fa00ad77d7422);
  });

  test("takes numbers with a sign", () => {
    multiply(-3, 5);
    expect(load<i64>(product)).toBe(-15);
    expect(load<i64>(product, 8)).toBe(-1);
    multiply(i64.MIN_VALUE, -1);
    expect(load<i64>(product)).toBe(i64.MIN_VALUE);
    expect(load<i64>(product, 8)).toBe(0, "2^63, which no i64 holds");
    multiply(-2, i64.MIN_VALUE);
    expect(load<i64>(product)).toBe(0);
    expect(load<i64>(product, 8)).toBe(1);
  });
});
