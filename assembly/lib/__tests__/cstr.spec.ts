describe("cstr", () => {
  test("is a NUL-terminated UTF-8 constant", () => {
    const s = cstr("hé");
    expect(load<u8>(s)).toBe(0x68);
    expect(load<u8>(s, 1)).toBe(0xc3);
    expect(load<u8>(s, 2)).toBe(0xa9);
    expect(load<u8>(s, 3)).toBe(0);
  });
});
