import { null_page_check } from "../nullpage";
import { log_mark, logged } from "../../__tests__/log";

describe("null_page_check", () => {
  test("finds a store through NULL once", () => {
    expect(null_page_check()).toBe(false);
    store<u32>(0, 0xbad, 0x24);
    log_mark();
    expect(null_page_check()).toBe(true);
    expect(logged("BUG: kernel NULL pointer dereference, address: 00000024")).toBe(true);
    expect(logged("write access in kernel mode: 00000bad, found when ")).toBe(true);
    expect(null_page_check()).toBe(false);
  });
});
