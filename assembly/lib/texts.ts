// Texts of a list, `cstr("one", "two")`: each stands behind the NUL of the one before.

/** The text behind `text`. */
export function next_text(text: usize): usize {
  while (load<u8>(text++)) {}
  return text;
}

/** Text number `index`, from 0, of a list. */
export function nth_text(texts: usize, index: u32): usize {
  for (; index; index--) texts = next_text(texts);
  return texts;
}
