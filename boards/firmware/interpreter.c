// Runs wasm code (interpreter.h). Integers only: no driver has floating point, and `kpi image` refuses it.

// Each instruction jumps to the next one's code by itself; and all opcodes lead somewhere before those that there are.
#pragma GCC optimize("O2", "no-gcse", "no-crossjumping", "no-strict-aliasing")
#pragma GCC diagnostic ignored "-Woverride-init"

#include "firmware.h"
#include "interpreter.h"

void *memmove(void *to, const void *from, __SIZE_TYPE__ bytes);
void *memset(void *to, int value, __SIZE_TYPE__ bytes);

struct values values;

static const struct function *functions;
static u32 memory_bytes;

typedef u32 host_function(u32, u32, u32, u32);

void values_reset(u32 index) {
  u8 *base = linear_memory + memory_bytes + index * VALUES_BYTES;
  values = (struct values){.top = (u64 *)base, .limit = (u64 *)(base + VALUES_BYTES)};
}

static u32 unsigned_slow(const u8 **code, u32 value) {
  value &= 0x7f;
  for (u32 shift = 7;; shift += 7) {
    u32 byte = *(*code)++;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
}

static u32 signed32_slow(const u8 **code, u32 value) {
  value &= 0x7f;
  for (u32 shift = 7;; shift += 7) {
    u32 byte = *(*code)++;
    value |= (byte & 0x7f) << shift;
    if (byte >= 0x80) continue;
    return (byte & 0x40) && shift < 25 ? value | ~0u << (shift + 7) : value;
  }
}

static s64 signed64_slow(const u8 **code, u32 first) {
  u64 value = first & 0x7f;
  for (u32 shift = 7;; shift += 7) {
    u64 byte = *(*code)++;
    value |= (byte & 0x7f) << shift;
    if (byte >= 0x80) continue;
    return (byte & 0x40) && shift < 57 ? (s64)(value | ~0ull << (shift + 7)) : (s64)value;
  }
}

static const struct function *table_entry(u32 slot) {
  if (slot >= FIRST_MODULE_SLOT) slot -= FIRST_MODULE_SLOT - image->core_slots;
  else if (slot >= image->core_slots) return 0;
  if (slot >= image->all_slots) return 0;
  u32 index = ((const u16 *)((const u8 *)image + image->table))[slot];
  return index == 0xffff ? 0 : functions + index;
}

#define UNSIGNED() ({ u32 n_ = *code++; n_ < 0x80 ? n_ : unsigned_slow(&code, n_); })
#define SHORT(n) ((s32)((n) << 25) >> 25)
#define SIGNED32() ({ u32 n_ = *code++; n_ < 0x80 ? (u32)SHORT(n_) : signed32_slow(&code, n_); })
#define SIGNED64() ({ u32 n_ = *code++; n_ < 0x80 ? (s64)SHORT(n_) : signed64_slow(&code, n_); })

#define W(slot) (*(u32 *)(slot))
#define D(slot) (*(slot))
#define NEXT goto *labels[*code++]

#define UNARY32(op, expression) op: { u32 x = W(top - 1); W(top - 1) = (u32)(expression); NEXT; }
#define BINARY32(op, expression) op: { u32 y = W(top - 1), x = W(top - 2); top--; W(top - 1) = (u32)(expression); NEXT; }
#define UNARY64(op, expression) op: { u64 x = D(top - 1); D(top - 1) = (u64)(expression); NEXT; }
#define BINARY64(op, expression) op: { u64 y = D(top - 1), x = D(top - 2); top--; D(top - 1) = (u64)(expression); NEXT; }
#define COMPARE64(op, expression) op: { u64 y = D(top - 1), x = D(top - 2); top--; W(top - 1) = (expression); NEXT; }

// The offset of each access lies in memory (kpi image has looked), so the subtraction does not wrap.
#define PLACE(bytes) \
  code++; \
  u32 offset = UNSIGNED(); \
  if (__builtin_expect(address > memory_bytes - (bytes) - offset, 0)) goto out_of_bounds; \
  u8 *at = linear_memory + offset + address
#define LOAD32(op, type) op: { u32 address = W(top - 1); PLACE(sizeof(type)); W(top - 1) = (u32)*(type *)at; NEXT; }
#define LOAD64(op, type) op: { u32 address = W(top - 1); PLACE(sizeof(type)); D(top - 1) = (u64)(s64)*(type *)at; NEXT; }
#define LOAD64U(op, type) op: { u32 address = W(top - 1); PLACE(sizeof(type)); D(top - 1) = (u64)*(type *)at; NEXT; }
#define STORE(op, type) op: { u32 address = W(top - 2); PLACE(sizeof(type)); *(type *)at = (type)D(top - 1); top -= 2; NEXT; }

typedef u64 __attribute__((may_alias, aligned(4))) m64;
typedef u32 __attribute__((may_alias)) m32;
typedef u16 __attribute__((may_alias)) m16;
typedef s32 __attribute__((may_alias)) n32;
typedef s16 __attribute__((may_alias)) n16;

#define BRANCH(from) do { \
  const struct branch *b_ = branches; \
  u64 *to_ = operands + (b_->height & HEIGHT); \
  if (b_->height & CARRIES) *to_++ = top[-1]; \
  top = to_; \
  code = (from) + b_->code; \
  branches = b_ + b_->next; \
} while (0)

/** Runs `function`, whose arguments are the topmost values, until it returns. */
static void run(const struct function *function) {
  static const void *const labels[256] = {
    [0 ... 255] = &&unknown,
    [0x00] = &&unreachable, [0x01] = &&nop, [0x02] = &&block, [0x03] = &&block, [0x04] = &&if_, [0x05] = &&else_,
    [0x0b] = &&end, [0x0c] = &&br, [0x0d] = &&br_if, [0x0e] = &&br_table, [0x0f] = &&return_, [0x10] = &&call,
    [0x11] = &&call_indirect, [0x1a] = &&drop, [0x1b] = &&select, [0x20] = &&local_get, [0x21] = &&local_set,
    [0x22] = &&local_tee, [0x23] = &&global_get, [0x24] = &&global_set,
    [0x28] = &&i32_load, [0x29] = &&i64_load, [0x2c] = &&i32_load8_s, [0x2d] = &&i32_load8_u, [0x2e] = &&i32_load16_s,
    [0x2f] = &&i32_load16_u, [0x30] = &&i64_load8_s, [0x31] = &&i64_load8_u, [0x32] = &&i64_load16_s,
    [0x33] = &&i64_load16_u, [0x34] = &&i64_load32_s, [0x35] = &&i64_load32_u,
    [0x36] = &&i32_store, [0x37] = &&i64_store, [0x3a] = &&i32_store8, [0x3b] = &&i32_store16, [0x3c] = &&i32_store8,
    [0x3d] = &&i32_store16, [0x3e] = &&i32_store, [0x3f] = &&memory_size, [0x40] = &&memory_grow,
    [0x41] = &&i32_const, [0x42] = &&i64_const,
    [0x45] = &&i32_eqz, [0x46] = &&i32_eq, [0x47] = &&i32_ne, [0x48] = &&i32_lt_s, [0x49] = &&i32_lt_u, [0x4a] = &&i32_gt_s,
    [0x4b] = &&i32_gt_u, [0x4c] = &&i32_le_s, [0x4d] = &&i32_le_u, [0x4e] = &&i32_ge_s, [0x4f] = &&i32_ge_u,
    [0x50] = &&i64_eqz, [0x51] = &&i64_eq, [0x52] = &&i64_ne, [0x53] = &&i64_lt_s, [0x54] = &&i64_lt_u, [0x55] = &&i64_gt_s,
    [0x56] = &&i64_gt_u, [0x57] = &&i64_le_s, [0x58] = &&i64_le_u, [0x59] = &&i64_ge_s, [0x5a] = &&i64_ge_u,
    [0x67] = &&i32_clz, [0x68] = &&i32_ctz, [0x69] = &&i32_popcnt, [0x6a] = &&i32_add, [0x6b] = &&i32_sub, [0x6c] = &&i32_mul,
    [0x6d] = &&i32_div_s, [0x6e] = &&i32_div_u, [0x6f] = &&i32_rem_s, [0x70] = &&i32_rem_u, [0x71] = &&i32_and,
    [0x72] = &&i32_or, [0x73] = &&i32_xor, [0x74] = &&i32_shl, [0x75] = &&i32_shr_s, [0x76] = &&i32_shr_u,
    [0x77] = &&i32_rotl, [0x78] = &&i32_rotr,
    [0x79] = &&i64_clz, [0x7a] = &&i64_ctz, [0x7b] = &&i64_popcnt, [0x7c] = &&i64_add, [0x7d] = &&i64_sub, [0x7e] = &&i64_mul,
    [0x7f] = &&i64_div_s, [0x80] = &&i64_div_u, [0x81] = &&i64_rem_s, [0x82] = &&i64_rem_u, [0x83] = &&i64_and,
    [0x84] = &&i64_or, [0x85] = &&i64_xor, [0x86] = &&i64_shl, [0x87] = &&i64_shr_s, [0x88] = &&i64_shr_u,
    [0x89] = &&i64_rotl, [0x8a] = &&i64_rotr, [0xa7] = &&nop, [0xac] = &&i64_extend_i32_s, [0xad] = &&i64_extend_i32_u,
    [0xc0] = &&i32_extend8_s, [0xc1] = &&i32_extend16_s, [0xc2] = &&i64_extend8_s, [0xc3] = &&i64_extend16_s,
    [0xc4] = &&i64_extend_i32_s, [0xfc] = &&bulk, [0xfe] = &&fence,
  };
  // Until the first function is entered: what its frame keeps of who called it.
  const u8 *code = 0;
  const struct branch *branches = (const struct branch *)values.code;
  u64 *top = values.top;
  u64 *locals = 0;
  u64 *operands = 0;
  struct frame *frame = values.frame;

enter:
  if (!function->code) goto host;
  {
    u64 *first = top - function->params;
    struct frame *next = (struct frame *)(first + function->slots);
    u64 *low = (u64 *)(next + 1);
    if (low + function->operands > values.limit) goto overflow;
    while (top < (u64 *)next) *top++ = 0;
    *next = (struct frame){code, branches, locals, frame, function, 0};
    values.frame = frame = next;
    locals = first;
    top = operands = low;
    code = (const u8 *)image + function->code;
    branches = (const struct branch *)((const u8 *)image + function->branches);
    NEXT;
  }

host:
  {
    u64 *first = top - function->params;
    values.code = code;
    values.top = top;
    u32 result = ((host_function **)&wasm_state.host)[function->branches](W(first), W(first + 1), W(first + 2), W(first + 3));
    top = first;
    if (function->results) W(top++) = result;
    NEXT;
  }

end:
  if (code != (const u8 *)image + frame->function->end) NEXT;
return_:
  {
    // The value may come to lie where the frame is, if there are no locals before that.
    u64 value = top[-1];
    struct frame last = *frame;
    top = locals;
    if (last.function->results) *top++ = value;
    code = last.code;
    branches = last.branches;
    locals = last.locals;
    values.frame = frame = last.caller;
    if (!code) {
      values.top = top;
      return;
    }
    operands = (u64 *)(frame + 1);
    NEXT;
  }

block: code++; NEXT;
nop: NEXT;
if_:
  if (W(--top)) { code++; branches++; NEXT; }
  code += branches->code;
  branches += branches->next;
  NEXT;
else_:
  code += branches->code;
  branches += branches->next;
  NEXT;
br: BRANCH(code); NEXT;
br_if:
  if (W(--top)) { BRANCH(code); NEXT; }
  code++;
  branches++;
  NEXT;
br_table:
  {
    const u8 *from = code;
    u32 count = UNSIGNED();
    u32 which = W(--top);
    branches += which < count ? which : count;
    BRANCH(from);
    NEXT;
  }
call: function = functions + UNSIGNED(); goto enter;
call_indirect:
  {
    u32 type = UNSIGNED();
    code++;
    function = table_entry(W(--top));
    if (!function || function->type != type) goto mismatch;
    goto enter;
  }

drop: top--; NEXT;
select: top -= 2; if (!W(top + 1)) top[-1] = top[0]; NEXT;
local_get: *top++ = locals[UNSIGNED()]; NEXT;
local_set: locals[UNSIGNED()] = *--top; NEXT;
local_tee: locals[UNSIGNED()] = top[-1]; NEXT;
global_get: W(top++) = wasm_state.global[*code++]; NEXT;
global_set: wasm_state.global[*code++] = W(--top); NEXT;
i32_const: W(top++) = SIGNED32(); NEXT;
i64_const: D(top++) = (u64)SIGNED64(); NEXT;

  LOAD32(i32_load, m32) LOAD32(i32_load8_s, s8) LOAD32(i32_load8_u, u8) LOAD32(i32_load16_s, n16) LOAD32(i32_load16_u, m16)
  LOAD64U(i64_load, m64) LOAD64(i64_load8_s, s8) LOAD64U(i64_load8_u, u8) LOAD64(i64_load16_s, n16)
  LOAD64U(i64_load16_u, m16) LOAD64(i64_load32_s, n32) LOAD64U(i64_load32_u, m32)
  STORE(i32_store, m32) STORE(i64_store, m64) STORE(i32_store8, u8) STORE(i32_store16, m16)

  UNARY32(i32_eqz, !x)
  BINARY32(i32_eq, x == y) BINARY32(i32_ne, x != y) BINARY32(i32_lt_s, (s32)x < (s32)y) BINARY32(i32_lt_u, x < y)
  BINARY32(i32_gt_s, (s32)x > (s32)y) BINARY32(i32_gt_u, x > y) BINARY32(i32_le_s, (s32)x <= (s32)y)
  BINARY32(i32_le_u, x <= y) BINARY32(i32_ge_s, (s32)x >= (s32)y) BINARY32(i32_ge_u, x >= y)
  UNARY32(i32_clz, x ? __builtin_clz(x) : 32) UNARY32(i32_ctz, x ? __builtin_ctz(x) : 32)
  UNARY32(i32_popcnt, __builtin_popcount(x))
  BINARY32(i32_add, x + y) BINARY32(i32_sub, x - y) BINARY32(i32_mul, x * y) BINARY32(i32_and, x & y) BINARY32(i32_or, x | y)
  BINARY32(i32_xor, x ^ y) BINARY32(i32_shl, x << (y & 31)) BINARY32(i32_shr_s, (s32)x >> (y & 31))
  BINARY32(i32_shr_u, x >> (y & 31)) BINARY32(i32_rotl, x << (y & 31) | x >> (-y & 31))
  BINARY32(i32_rotr, x >> (y & 31) | x << (-y & 31))
  UNARY32(i32_extend8_s, (s8)x) UNARY32(i32_extend16_s, (s16)x)

i64_eqz: W(top - 1) = D(top - 1) == 0; NEXT;
  COMPARE64(i64_eq, x == y) COMPARE64(i64_ne, x != y) COMPARE64(i64_lt_s, (s64)x < (s64)y) COMPARE64(i64_lt_u, x < y)
  COMPARE64(i64_gt_s, (s64)x > (s64)y) COMPARE64(i64_gt_u, x > y) COMPARE64(i64_le_s, (s64)x <= (s64)y)
  COMPARE64(i64_le_u, x <= y) COMPARE64(i64_ge_s, (s64)x >= (s64)y) COMPARE64(i64_ge_u, x >= y)
  UNARY64(i64_clz, x ? __builtin_clzll(x) : 64) UNARY64(i64_ctz, x ? __builtin_ctzll(x) : 64)
  UNARY64(i64_popcnt, __builtin_popcountll(x))
  BINARY64(i64_add, x + y) BINARY64(i64_sub, x - y) BINARY64(i64_mul, x * y) BINARY64(i64_and, x & y) BINARY64(i64_or, x | y)
  BINARY64(i64_xor, x ^ y) BINARY64(i64_shl, x << (y & 63)) BINARY64(i64_shr_s, (s64)x >> (y & 63))
  BINARY64(i64_shr_u, x >> (y & 63)) BINARY64(i64_rotl, x << (y & 63) | x >> (-y & 63))
  BINARY64(i64_rotr, x >> (y & 63) | x << (-y & 63))
  UNARY64(i64_extend8_s, (s8)x) UNARY64(i64_extend16_s, (s16)x) UNARY64(i64_extend_i32_s, (s64)(s32)x)
  UNARY64(i64_extend_i32_u, (u32)x)

#define DIVIDE(op, size, type, overflow, expression) op: { \
    type y = (type)size(top - 1), x = (type)size(top - 2); \
    if (!y || (overflow)) goto division; \
    top--; \
    size(top - 1) = (expression); \
    NEXT; \
  }
  DIVIDE(i32_div_s, W, s32, y == -1 && x == -0x7fffffff - 1, (u32)(x / y))
  DIVIDE(i32_div_u, W, u32, 0, x / y)
  DIVIDE(i32_rem_s, W, s32, 0, y == -1 ? 0 : (u32)(x % y))
  DIVIDE(i32_rem_u, W, u32, 0, x % y)
  DIVIDE(i64_div_s, D, s64, y == -1 && x == -0x7fffffffffffffffll - 1, (u64)(x / y))
  DIVIDE(i64_div_u, D, u64, 0, x / y)
  DIVIDE(i64_rem_s, D, s64, 0, y == -1 ? 0 : (u64)(x % y))
  DIVIDE(i64_rem_u, D, u64, 0, x % y)

fence: code += 2; device_barrier(); NEXT;
memory_size: code++; W(top++) = (memory_bytes + 0xffff) >> 16; NEXT;
memory_grow: code++; W(top - 1) = ~0u; NEXT;
bulk:
  {
    top -= 3;
    u32 to = W(top), from = W(top + 1), bytes = W(top + 2);
    if (bytes > memory_bytes || to > memory_bytes - bytes) goto out_of_bounds;
    if (*code++ == 0x0b) {
      code++;
      memset(linear_memory + to, (int)from, bytes);
      NEXT;
    }
    if (from > memory_bytes - bytes) goto out_of_bounds;
    code += 2;
    memmove(linear_memory + to, linear_memory + from, bytes);
    NEXT;
  }

out_of_bounds: values.code = code; values.top = top; __builtin_trap();
division: values.code = code; values.top = top; arch_trap(TRAP_DIVISION);
mismatch: values.code = code; values.top = top; arch_trap(TRAP_CALL_INDIRECT);
overflow: values.code = code; arch_trap(TRAP_STACK);
unknown:
unreachable: values.code = code; values.top = top; arch_trap(TRAP_UNREACHABLE);
}

static u32 enter(u32 entry, const u32 *arguments) {
  const struct function *function = functions + image->entries[entry];
  struct values before = values;
  for (u32 i = 0; i < function->params; i++) *values.top++ = arguments[i];
  run(function);
  u32 result = W(before.top);
  values = before;
  return result;
}

// What is not passed in a register must have been passed: only one function has more than four arguments.
#define ENTRY(n) static u32 entry##n(u32 a, u32 b, u32 c, u32 d) { \
    return enter(n, (u32[]){a, b, c, d}); \
  }
#define TASK_CREATE (__builtin_offsetof(struct kernel, kpi_task_create) / sizeof(void *))
_Static_assert(TASK_CREATE == 1, "entry1");

static u32 entry1(u32 a, u32 b, u32 c, u32 d, u32 e, u32 f, u32 g, u32 h) {
  return enter(TASK_CREATE, (u32[]){a, b, c, d, e, f, g, h});
}

ENTRY(0) ENTRY(2) ENTRY(3) ENTRY(4) ENTRY(5) ENTRY(6) ENTRY(7) ENTRY(8) ENTRY(9) ENTRY(10)
_Static_assert(KERNEL_ENTRIES == 11, "an entry for each function of struct kernel");

void interpreter_init(void) {
  static const void *const entries[KERNEL_ENTRIES] = {
    entry0, entry1, entry2, entry3, entry4, entry5, entry6, entry7, entry8, entry9, entry10,
  };
  for (u32 i = 0; i < KERNEL_ENTRIES; i++) ((const void **)&kernel)[i] = entries[i];
  functions = (const struct function *)((const u8 *)image + image->functions);
  memory_bytes = image->memory_bytes;
}

u32 interpreter_functions(const struct values *at, char *text, u32 size) {
  char *end = text + size - 1;
  char *to = text;
  const u8 *code = at->code;
  const u8 *low = linear_memory + memory_bytes;
  for (struct frame *frame = at->frame; frame; frame = frame->caller) {
    // As of another function when nothing was called since: then it is known to be in this one, and no more.
    if ((u8 *)frame < low || (u32)frame % 8) break;
    const u8 *first = (const u8 *)image + frame->function->code;
    if (code <= first || code > (const u8 *)image + frame->function->end) code = first + 1;
    to = print_function(to, end, (u32)code - 1);
    code = frame->code ? frame->code : (const u8 *)frame->branches;
  }
  return (u32)(to - text);
}
