import { ctl_table, EINVAL, sizeof_ctl_table } from "../../abi";
import { proc_dointvec } from "../sysctl";

const table = changetype<ctl_table>(memory.data(sizeof_ctl_table, 4));
const numbers = memory.data(12, 4);
const text = memory.data(64, 8);
const length = memory.data(4, 4);
const position = memory.data(8, 8);

function call(write: i32, size: usize, at: u64 = 0): i32 {
  store<usize>(length, size);
  store<u64>(position, at);
  return proc_dointvec(changetype<usize>(table), write, text, length, position);
}

function write(line: string, at: u64 = 0): i32 {
  const size = String.UTF8.encodeUnsafe(changetype<usize>(line), line.length, text);
  return call(1, size, at);
}

function read(size: usize): string {
  expect(call(0, size)).toBe(0);
  return String.UTF8.decodeUnsafe(text, load<usize>(length));
}

describe("proc_dointvec", () => {
  beforeEach(() => {
    table.data = numbers;
    table.maxlen = 12;
    memory.fill(numbers, 0, 12);
  });

  test("writes decimal, octal and hexadecimal numbers between white space, and reads them as a line", () => {
    expect(write(" 5\t-010 0x7fffffff\n")).toBe(0);
    expect(load<usize>(length)).toBe(19, "all of it");
    expect(load<u64>(position)).toBe(19);
    expect(read(64)).toBe("5\t-8\t2147483647\n");
    expect(load<u64>(position)).toBe(16);
    expect(read(3)).toBe("5\t-", "no more than there is room for");
  });

  test("leaves numbers alone that a line has not, and refuses what is none", () => {
    expect(write("1 2 3")).toBe(0);
    expect(write("-2147483648")).toBe(0);
    expect(read(64)).toBe("-2147483648\t2\t3\n");
    const wrong = [" ", "x", "1x", "2147483648", "-2147483649", "99999999999999999999", "- 1", "0x"];
    for (let i = 0; i < wrong.length; i++) expect(write(wrong[i])).toBe(-EINVAL, wrong[i]);
    expect(read(64)).toBe("-2147483648\t2\t3\n");
  });

  test("reads nothing further on, and takes a later write for said", () => {
    expect(call(0, 64, 1)).toBe(0);
    expect(load<usize>(length)).toBe(0);
    expect(write("7", 1)).toBe(0);
    expect(load<i32>(numbers)).toBe(0);
    expect(load<u64>(position)).toBe(2);
  });
});
