import { HZ, ratelimit_state, sizeof_ratelimit_state } from "../../../abi";
import { jiffies_64 } from "../../time/jiffies";
import { ___ratelimit, printk_timed_ratelimit } from "../ratelimit";

@external("spec", "lines") declare function spec_lines(): i32;
@external("spec", "line") declare function spec_line(index: i32, buf: usize, size: u32): i32;

const rs = memory.data(64, 8);
const buf = memory.data(256, 8);

describe("ratelimit", () => {
  test("lets a burst through in each interval and says what it kept back", () => {
    store<u64>(jiffies_64, 1000);
    memory.fill(rs, 0, sizeof_ratelimit_state);
    const state = changetype<ratelimit_state>(rs);
    state.interval = 5 * HZ;
    state.burst = 3;
    const name = cstr("cp_rx");
    for (let i = 0; i < 3; i++) expect(___ratelimit(rs, name)).toBe(1);
    for (let i = 0; i < 4; i++) expect(___ratelimit(rs, name)).toBe(0);
    store<u64>(jiffies_64, 1000 + 5 * HZ);
    expect(___ratelimit(rs, name)).toBe(0);
    const before = spec_lines();
    store<u64>(jiffies_64, 1001 + 5 * HZ);
    expect(___ratelimit(rs, name)).toBe(1);
    expect(spec_lines()).toBe(before + 1);
    const length = spec_line(-1, buf, 256);
    expect(String.UTF8.decodeUnsafe(buf, length).endsWith("] cp_rx: 5 callbacks suppressed")).toBe(true);
    expect(state.missed).toBe(0);
    state.interval = 0;
    for (let i = 0; i < 9; i++) expect(___ratelimit(rs, name)).toBe(1);
  });

  test("by time", () => {
    store<u64>(jiffies_64, 5000);
    store<u32>(rs, 0);
    expect(printk_timed_ratelimit(rs, 1000)).toBe(true);
    expect(printk_timed_ratelimit(rs, 1000)).toBe(false);
    store<u64>(jiffies_64, 5000 + HZ);
    expect(printk_timed_ratelimit(rs, 1000)).toBe(false);
    store<u64>(jiffies_64, 5001 + HZ);
    expect(printk_timed_ratelimit(rs, 1000)).toBe(true);
  });
});
