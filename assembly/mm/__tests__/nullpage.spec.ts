import { PAGE_SIZE } from "../../abi";
import { null_page_check, null_page_check_after } from "../nullpage";
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

  test("finds one at the end of the page, and says after which function", () => {
    null_page_check_after(0);
    store<u8>(PAGE_SIZE - 1, 1);
    log_mark();
    null_page_check_after(0);
    expect(logged("BUG: kernel NULL pointer dereference, address: 00000ffc")).toBe(true);
    expect(logged("write access in kernel mode: 01000000, found when ")).toBe(true);
    expect(null_page_check()).toBe(false);
  });
});
