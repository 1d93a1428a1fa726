import { null_page_check } from "../nullpage";
import { log_mark, logged } from "../../__tests__/log";

describe("null_page_check", () => {
  test("finds a store through NULL once", () => {
    expect(null_page_check()).toBe(false);
    store<u32>(0, 0xbad, 0x24);
    log_mark();
    expect(null_page_check()).toBe(true);
    expect(logged("0x00000bad now stands at address 0x24")).toBe(true);
    expect(null_page_check()).toBe(false);
  });
});
