// For the specs: what the core printed, which the spec host collects, and C strings.

@external("spec", "lines") declare function spec_lines(): i32;
@external("spec", "line") declare function spec_line(index: i32, buf: usize, size: u32): i32;

const text = memory.data(1024);
let mark: i32 = 0;

/** Line `index`, negative: from the end. */
export function line(index: i32): string {
  return String.UTF8.decodeUnsafe(text, spec_line(index, text, 1024));
}

/** From here on the functions below look. */
export function log_mark(): void {
  mark = spec_lines();
}

/** Lines since the mark. */
export function log_count(): i32 {
  return spec_lines() - mark;
}

/** Whether a line since the mark contains `part`. */
export function logged(part: string): bool {
  for (let i = mark; i < spec_lines(); i++) if (line(i).includes(part)) return true;
  return false;
}

/** All lines since the mark, for a failing test to show. */
export function log_text(): string {
  let all = "";
  for (let i = mark; i < spec_lines(); i++) all += line(i) + "\n";
  return all;
}

/** The last line of the log, without its time. */
export function last_line(): string {
  const last = line(-1);
  return last.substring(last.indexOf("] ") + 2);
}

/** The C string at `s`. */
export function str(s: usize): string {
  return s ? String.UTF8.decodeUnsafe(s, 4096, true) : "(null)";
}

/** Writes `value` as a C string at `at`; returns `at`. */
export function c_string(at: usize, value: string): usize {
  String.UTF8.encodeUnsafe(changetype<usize>(value), value.length, at, true);
  return at;
}
