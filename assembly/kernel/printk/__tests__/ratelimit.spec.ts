import { HZ, ratelimit_state, sizeof_ratelimit_state } from "../../../abi";
import { jiffies_64 } from "../../time/jiffies";
import { last_line, log_count, log_mark } from "../../../__tests__/log";
import { ___ratelimit, printk_timed_ratelimit } from "../ratelimit";

const rs = memory.data(64, 8);

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
    log_mark();
    store<u64>(jiffies_64, 1001 + 5 * HZ);
    expect(___ratelimit(rs, name)).toBe(1);
    expect(log_count()).toBe(1);
    expect(last_line()).toBe("cp_rx: 5 callbacks suppressed");
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
