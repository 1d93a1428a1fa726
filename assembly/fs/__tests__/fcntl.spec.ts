import { FASYNC, FASYNC_MAGIC, fasync_struct, sizeof_file } from "../../abi";
import { boot_kernel } from "../../__tests__/boot";
import { log_mark, logged } from "../../__tests__/log";
import { fasync_helper, kill_fasync } from "../fcntl";
import { to_file } from "../open";

const list = memory.data(4, 4);
const files = memory.data(2 * 512, 8);

function nth(n: u32): usize {
  return files + n * 512;
}

function first(): fasync_struct {
  return changetype<fasync_struct>(load<usize>(list));
}

describe("files that want signals", () => {
  beforeAll(boot_kernel);
  beforeEach(() => {
    store<usize>(list, 0);
    memory.fill(files, 0, 1024);
    log_mark();
  });

  test("are in the list once, marked as such, and out again", () => {
    expect(sizeof_file).toBeLessThanOrEqual(512);
    expect(fasync_helper(3, nth(0), 1, list)).toBe(1);
    expect(fasync_helper(4, nth(1), 1, list)).toBe(1);
    expect(to_file(nth(0)).f_flags & FASYNC).toBe(FASYNC);
    expect(first().fa_file).toBe(nth(1));
    expect(fasync_helper(7, nth(0), 1, list)).toBe(0, "it is there");
    expect(changetype<fasync_struct>(first().fa_next).fa_fd).toBe(7, "and has a new number");
    expect(fasync_helper(-1, nth(1), 0, list)).toBe(1);
    expect(first().fa_file).toBe(nth(0));
    expect(fasync_helper(-1, nth(1), 0, list)).toBe(0, "it is not there");
    expect(fasync_helper(-1, nth(0), 0, list)).toBe(1);
    expect(load<usize>(list)).toBe(0);
    expect(to_file(nth(0)).f_flags & FASYNC).toBe(0);
  });

  test("of a list that is none are not signalled", () => {
    fasync_helper(3, nth(0), 1, list);
    kill_fasync(list, 29, 1);
    expect(logged("bad magic")).toBe(false);
    first().magic = 0;
    kill_fasync(list, 29, 1);
    expect(logged("kill_fasync: bad magic number in fasync_struct!")).toBe(true);
    first().magic = FASYNC_MAGIC;
    fasync_helper(-1, nth(0), 0, list);
  });
});
