// /sys/kernel/debug/dma-api: what is mapped now, and what the checks have found (kernel/dma/debug.c). Debug flavour only.
// The dump may be long, so the files are binary attributes: each read makes the text anew and keeps the piece asked for.

import { EINVAL, PAGE_SHIFT, bin_attribute, sizeof_bin_attribute } from "../../../abi";
import { dev_driver_string, dev_name } from "../../../drivers/base/name";
import { debugfs_folder } from "../../../fs/debugfs/root";
import { sysfs_create_bin_file } from "../../../fs/sysfs/file";
import { seq_init, seq_printf, seq_text, seq_used } from "../../../lib/seq_buf";
import { kstrtouint } from "../../../lib/kstrtox";
import { next_text, nth_text } from "../../../lib/texts";
import { object_is_freed } from "../../../mm/debug/track";
import { dir_name, dma_debug_counts, dma_debug_num_errors, dma_debug_set_num_errors, type_name } from "./report";
import {
  Entry,
  HASH_SIZE,
  bucket_first,
  dma_debug_enabled,
  dma_debug_min_free,
  dma_debug_num_free,
  dma_debug_total,
} from "./table";

const FILES: u32 = 8;
/** Which file it is: bin_attribute.private, the order of the names. */
const DISABLED: u32 = 0;
const ERROR_COUNT: u32 = 1;
const ALL_ERRORS: u32 = 2;
const NUM_ERRORS: u32 = 3;
const NUM_FREE: u32 = 4;
const MIN_FREE: u32 = 5;
const TOTAL: u32 = 6;

const attributes = memory.data(<i32>sizeof_bin_attribute * FILES, 4);

const LINE_BYTES: u32 = 512;
const line = memory.data(512, 8);

/** A number that is written, as text and as what it says. */
const NUMBER_BYTES: u32 = 16;
const number = memory.data(16, 4);
const value = memory.data(4, 4);

/** The piece of a text that is asked for: [skip, skip + size) of it. */
@unmanaged
class Piece {
  buf: usize;
  skip: u32;
  size: u32;
  used: u32;
}
const piece = changetype<Piece>(memory.data(offsetof<Piece>(), 4));

/** Adds the line that was made to the text, as far as it lies in the piece. */
function add_line(): void {
  const length = seq_used(line);
  const skipped = min(piece.skip, length);
  piece.skip -= skipped;
  const taken = min(length - skipped, piece.size - piece.used);
  memory.copy(piece.buf + piece.used, seq_text(line) + skipped, taken);
  piece.used += taken;
}

function add_entry(index: u32, e: Entry): void {
  const gone = object_is_freed(e.dev); // a device that left, and what its driver forgot
  const s = seq_init(line, LINE_BYTES);
  seq_printf(
    s,
    cstr("%s %s %s idx %d P=%x N=%x "),
    gone ? cstr("(gone)") : dev_name(e.dev),
    gone ? cstr("(gone)") : dev_driver_string(e.dev),
    type_name(e.type),
    index,
    e.address,
    e.address >> PAGE_SHIFT,
  );
  const checks = cstr("dma map error check not applicable", "dma map error not checked", "dma map error checked");
  seq_printf(s, cstr("D=%x L=%x %s %s\n"), e.bus, e.size, dir_name(e.direction), nth_text(checks, e.map_err));
  add_line();
}

function number_of(file: u32): u32 {
  switch (file) {
    case ERROR_COUNT:
      return dma_debug_counts.errors;
    case ALL_ERRORS:
      return dma_debug_counts.show_all;
    case NUM_ERRORS:
      return dma_debug_num_errors();
    case NUM_FREE:
      return dma_debug_num_free();
    case MIN_FREE:
      return dma_debug_min_free();
    default:
      return dma_debug_total();
  }
}

function read(file: usize, kobj: usize, attr: usize, buf: usize, offset: i64, size: u32): i32 {
  piece.buf = buf;
  piece.skip = <u32>offset;
  piece.size = size;
  piece.used = 0;
  const which = <u32>changetype<bin_attribute>(attr).private_;
  if (which > TOTAL) {
    for (let index: u32 = 0; index < HASH_SIZE; index++) {
      for (let e = bucket_first(index); changetype<usize>(e); e = changetype<Entry>(e.next)) add_entry(index, e);
    }
  } else {
    const s = seq_init(line, LINE_BYTES);
    if (which == DISABLED) seq_printf(s, cstr("%c\n"), dma_debug_enabled() ? 0x4e : 0x59);
    else seq_printf(s, cstr("%u\n"), number_of(which));
    add_line();
  }
  return piece.used;
}

/** Of all_errors and num_errors: a number. */
function write(file: usize, kobj: usize, attr: usize, buf: usize, offset: i64, size: u32): i32 {
  if (offset || size >= NUMBER_BYTES) return -EINVAL;
  memory.copy(number, buf, size);
  store<u8>(number + size, 0);
  const error = kstrtouint(number, 0, value);
  if (error) return error;
  if (changetype<bin_attribute>(attr).private_ == ALL_ERRORS) dma_debug_counts.show_all = load<u32>(value);
  else dma_debug_set_num_errors(load<u32>(value));
  return size;
}

export function dma_debug_fs_init(): void {
  const folder = debugfs_folder(cstr("dma-api"));
  if (!folder) return;
  let name = cstr(
    "disabled",
    "error_count",
    "all_errors",
    "num_errors",
    "num_free_entries",
    "min_free_entries",
    "nr_total_entries",
    "dump",
  );
  for (let i: u32 = 0; i < FILES; i++, name = next_text(name)) {
    const bin = changetype<bin_attribute>(attributes + <usize>i * sizeof_bin_attribute);
    bin.attr.name = name;
    const writable = i == ALL_ERRORS || i == NUM_ERRORS;
    bin.attr.mode = writable ? 0o644 : 0o444;
    bin.private_ = i;
    bin.read = read.index;
    if (writable) bin.write = write.index;
    sysfs_create_bin_file(folder, changetype<usize>(bin));
  }
}
