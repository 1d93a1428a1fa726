// Images of kind WASM: the linked wasm itself, run where it lies in flash. What an interpreter would have to find out
// again and again (where a branch leads, how high the stack is there) stands in tables that `kpi image` makes of the
// module (tools/image/side-table.ts), so it needs no memory but the stacks of values.
//
//   values ──► │ arguments │ locals │ struct frame │ operands …        a slot is 8 bytes; an i32 is its lower half
//                └ of the caller's operands
#ifndef KPI_INTERPRETER_H
#define KPI_INTERPRETER_H

#include "abi.h"

/** A function, imported ones first. */
struct function {
  /** Offset of its first instruction in the image, and of the end of its last; an imported one has none. */
  u32 code;
  u32 end;
  /** Offset of its branches; of an imported one: which of struct host. */
  u32 branches;
  u16 type;
  /** Arguments and locals; operands at most. */
  u16 slots;
  u16 operands;
  u8 params;
  u8 results;
};

/** A branch, in the order of the code: where it leads, counted from behind its opcode; how many operands are there then,
 *  and whether one more is carried over; how many branches further the next one after the target is. */
struct branch {
  s16 code;
  u16 height;
  s16 next;
};

#define CARRIES 0x8000u
#define HEIGHT 0x7fffu

struct frame {
  /** Where the caller goes on; null: it is the firmware, and `branches` is where wasm code called that. */
  const u8 *code;
  const struct branch *branches;
  u64 *locals;
  struct frame *caller;
  const struct function *function;
  u32 unused;
};

/** What a native stack has of values: one for each. */
struct values {
  u64 *top;
  const u64 *limit;
  struct frame *frame;
  /** Where the function of `frame` is, as of its last call of the firmware, or its fault. */
  const u8 *code;
};

#define VALUES_BYTES 8192

extern struct values values;

/** Empties the values of native stack `index`. */
void values_reset(u32 index);

/** Has struct kernel lead to the image's functions. */
void interpreter_init(void);

/** The functions that `at` is in, one a line. */
u32 interpreter_functions(const struct values *at, char *text, u32 size);

#endif
