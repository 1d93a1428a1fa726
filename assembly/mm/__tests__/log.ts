// What the core printed, for specs: lines that the spec host collected.

@external("spec", "lines") declare function spec_lines(): i32;
@external("spec", "line") declare function spec_line(index: i32, buf: usize, size: u32): i32;

const line = memory.data(512);
let mark: i32 = 0;

/** From here on `logged` looks. */
export function log_mark(): void {
  mark = spec_lines();
}

/** Whether a line since the mark contains `text`. */
export function logged(text: string): bool {
  for (let i = mark; i < spec_lines(); i++) {
    const length = spec_line(i, line, 512);
    if (String.UTF8.decodeUnsafe(line, length).includes(text)) return true;
  }
  return false;
}

/** Lines since the mark. */
export function log_count(): i32 {
  return spec_lines() - mark;
}
