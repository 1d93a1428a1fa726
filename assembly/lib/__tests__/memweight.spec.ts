import { memweight } from "../memweight";

const bytes = memory.data(64);

describe("memweight", () => {
  test("counts bits, at any address and of any length, and none beside", () => {
    memory.fill(bytes, 0xff, 64);
    for (let from = 0; from < 9; from++) {
      for (let length = 0; length < 40; length++) expect(memweight(bytes + from, length)).toBe(length * 8);
    }
    memory.fill(bytes, 0, 64);
    expect(memweight(bytes, 64)).toBe(0);
    store<u8>(bytes, 0x81, 20);
    store<u8>(bytes, 0x10, 33);
    expect(memweight(bytes, 64)).toBe(3);
    expect(memweight(bytes + 1, 32)).toBe(2);
    expect(memweight(bytes + 21, 12)).toBe(0);
  });
});
