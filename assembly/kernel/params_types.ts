// linux/moduleparam.h, kernel/params.c: the types of module parameters. Each has a `struct kernel_param_ops` that
// modules refer to by address, param_ops_<type>, with functions that set it from text and print it with a newline.

import {
  EINVAL,
  EROFS,
  kernel_param,
  kernel_param_ops,
  KERNEL_PARAM_OPS_FL_NOARG,
  PAGE_SIZE,
  sizeof_kernel_param_ops,
} from "../abi";
import { stack_alloc, stack_free } from "../arch/wasm/stack";
import {
  _kstrtol,
  _kstrtoul,
  kstrtobool,
  kstrtoint,
  kstrtos16,
  kstrtou16,
  kstrtou8,
  kstrtouint,
  kstrtoull,
} from "../lib/kstrtox";
import { snprintf_ } from "../lib/vsprintf";

/** linux/moduleparam.h. Ops of unsigned char parameters. */
export const param_ops_byte: usize = memory.data(<i32>sizeof_kernel_param_ops, 4);
/** linux/moduleparam.h. Ops of short parameters. */
export const param_ops_short: usize = memory.data(<i32>sizeof_kernel_param_ops, 4);
/** linux/moduleparam.h. Ops of unsigned short parameters. */
export const param_ops_ushort: usize = memory.data(<i32>sizeof_kernel_param_ops, 4);
/** linux/moduleparam.h. Ops of int parameters. */
export const param_ops_int: usize = memory.data(<i32>sizeof_kernel_param_ops, 4);
/** linux/moduleparam.h. Ops of unsigned int parameters. */
export const param_ops_uint: usize = memory.data(<i32>sizeof_kernel_param_ops, 4);
/** linux/moduleparam.h. Ops of long parameters. */
export const param_ops_long: usize = memory.data(<i32>sizeof_kernel_param_ops, 4);
/** linux/moduleparam.h. Ops of unsigned long parameters. */
export const param_ops_ulong: usize = memory.data(<i32>sizeof_kernel_param_ops, 4);
/** linux/moduleparam.h. Ops of unsigned long long parameters. */
export const param_ops_ullong: usize = memory.data(<i32>sizeof_kernel_param_ops, 4);
/** linux/moduleparam.h. Ops of unsigned int parameters that print in hex. */
export const param_ops_hexint: usize = memory.data(<i32>sizeof_kernel_param_ops, 4);
/** linux/moduleparam.h. Ops of bool parameters. */
export const param_ops_bool: usize = memory.data(<i32>sizeof_kernel_param_ops, 4);
/** linux/moduleparam.h. Ops of bool parameters that cannot be cleared again. */
export const param_ops_bool_enable_only: usize = memory.data(<i32>sizeof_kernel_param_ops, 4);
/** linux/moduleparam.h. Ops of bool parameters that hold the opposite of the text. */
export const param_ops_invbool: usize = memory.data(<i32>sizeof_kernel_param_ops, 4);
/** linux/moduleparam.h. Ops of int parameters that take a bool's text. */
export const param_ops_bint: usize = memory.data(<i32>sizeof_kernel_param_ops, 4);

/** Fills a struct kernel_param_ops. */
export function define_ops(ops: usize, set: u32, get: u32, free: u32, flags: u32): void {
  const o = changetype<kernel_param_ops>(ops);
  o.flags = flags;
  o.set_ = set;
  o.get_ = get;
  o.free = free;
}

export function params_types_init(): void {
  define_ops(param_ops_byte, param_set_byte.index, param_get_byte.index, 0, 0);
  define_ops(param_ops_short, param_set_short.index, param_get_short.index, 0, 0);
  define_ops(param_ops_ushort, param_set_ushort.index, param_get_ushort.index, 0, 0);
  define_ops(param_ops_int, param_set_int.index, param_get_int.index, 0, 0);
  define_ops(param_ops_uint, param_set_uint.index, param_get_uint.index, 0, 0);
  define_ops(param_ops_long, param_set_long.index, param_get_long.index, 0, 0);
  define_ops(param_ops_ulong, param_set_ulong.index, param_get_ulong.index, 0, 0);
  define_ops(param_ops_ullong, param_set_ullong.index, param_get_ullong.index, 0, 0);
  define_ops(param_ops_hexint, param_set_hexint.index, param_get_hexint.index, 0, 0);
  define_ops(param_ops_bool, param_set_bool.index, param_get_bool.index, 0, KERNEL_PARAM_OPS_FL_NOARG);
  define_ops(
    param_ops_bool_enable_only,
    param_set_bool_enable_only.index,
    param_get_bool.index,
    0,
    KERNEL_PARAM_OPS_FL_NOARG,
  );
  define_ops(param_ops_invbool, param_set_invbool.index, param_get_invbool.index, 0, 0);
  define_ops(param_ops_bint, param_set_bint.index, param_get_int.index, 0, KERNEL_PARAM_OPS_FL_NOARG);
}

@inline
function arg_of(kp: usize): usize {
  return changetype<kernel_param>(kp).arg;
}

/** Prints one 32-bit value into the page at `buffer`. */
function print(buffer: usize, fmt: usize, value: u32): i32 {
  return snprintf_(buffer, PAGE_SIZE, fmt, value);
}

/** linux/moduleparam.h. Sets an unsigned char from text. Errors as kstrtou8(). Context: process. */
export function param_set_byte(val: usize, kp: usize): i32 {
  return kstrtou8(val, 0, arg_of(kp));
}

/** linux/moduleparam.h. Prints an unsigned char and a newline; returns the length. Context: process. */
export function param_get_byte(buffer: usize, kp: usize): i32 {
  return print(buffer, cstr("%u\n"), load<u8>(arg_of(kp)));
}

/** linux/moduleparam.h. Sets a short from text. Errors as kstrtos16(). Context: process. */
export function param_set_short(val: usize, kp: usize): i32 {
  return kstrtos16(val, 0, arg_of(kp));
}

/** linux/moduleparam.h. Prints a short and a newline; returns the length. Context: process. */
export function param_get_short(buffer: usize, kp: usize): i32 {
  return print(buffer, cstr("%d\n"), load<i16>(arg_of(kp)));
}

/** linux/moduleparam.h. Sets an unsigned short from text. Errors as kstrtou16(). Context: process. */
export function param_set_ushort(val: usize, kp: usize): i32 {
  return kstrtou16(val, 0, arg_of(kp));
}

/** linux/moduleparam.h. Prints an unsigned short and a newline; returns the length. Context: process. */
export function param_get_ushort(buffer: usize, kp: usize): i32 {
  return print(buffer, cstr("%u\n"), load<u16>(arg_of(kp)));
}

/** linux/moduleparam.h. Sets an int from text. Errors as kstrtoint(). Context: process. */
export function param_set_int(val: usize, kp: usize): i32 {
  return kstrtoint(val, 0, arg_of(kp));
}

/** linux/moduleparam.h. Prints an int and a newline; returns the length. Context: process. */
export function param_get_int(buffer: usize, kp: usize): i32 {
  return print(buffer, cstr("%d\n"), load<u32>(arg_of(kp)));
}

/** linux/moduleparam.h. Sets an unsigned int from text. Errors as kstrtouint(). Context: process. */
export function param_set_uint(val: usize, kp: usize): i32 {
  return kstrtouint(val, 0, arg_of(kp));
}

/** linux/moduleparam.h. Prints an unsigned int and a newline; returns the length. Context: process. */
export function param_get_uint(buffer: usize, kp: usize): i32 {
  return print(buffer, cstr("%u\n"), load<u32>(arg_of(kp)));
}

/** linux/moduleparam.h. Sets an unsigned int from text, -EINVAL if it is not in [min, max]. Context: process. */
export function param_set_uint_minmax(val: usize, kp: usize, min: u32, max: u32): i32 {
  if (!val) return -EINVAL;
  const value = stack_alloc(16);
  const error = kstrtouint(val, 0, value);
  const number = load<u32>(value);
  stack_free(16);
  if (error) return error;
  if (number < min || number > max) return -EINVAL;
  store<u32>(arg_of(kp), number);
  return 0;
}

/** linux/moduleparam.h. Sets a long from text. Errors as kstrtol(). Context: process. */
export function param_set_long(val: usize, kp: usize): i32 {
  return _kstrtol(val, 0, arg_of(kp));
}

/** linux/moduleparam.h. Prints a long and a newline; returns the length. Context: process. */
export function param_get_long(buffer: usize, kp: usize): i32 {
  return param_get_int(buffer, kp);
}

/** linux/moduleparam.h. Sets an unsigned long from text. Errors as kstrtoul(). Context: process. */
export function param_set_ulong(val: usize, kp: usize): i32 {
  return _kstrtoul(val, 0, arg_of(kp));
}

/** linux/moduleparam.h. Prints an unsigned long and a newline; returns the length. Context: process. */
export function param_get_ulong(buffer: usize, kp: usize): i32 {
  return param_get_uint(buffer, kp);
}

/** linux/moduleparam.h. Sets an unsigned long long from text. Errors as kstrtoull(). Context: process. */
export function param_set_ullong(val: usize, kp: usize): i32 {
  return kstrtoull(val, 0, arg_of(kp));
}

/** linux/moduleparam.h. Prints an unsigned long long and a newline; returns the length. Context: process. */
export function param_get_ullong(buffer: usize, kp: usize): i32 {
  const value = arg_of(kp);
  return snprintf_(buffer, PAGE_SIZE, cstr("%llu\n"), load<u32>(value), load<u32>(value, 4));
}

/** linux/moduleparam.h. Sets an unsigned int from text. Errors as kstrtouint(). Context: process. */
export function param_set_hexint(val: usize, kp: usize): i32 {
  return kstrtouint(val, 0, arg_of(kp));
}

/** linux/moduleparam.h. Prints an unsigned int in hex and a newline; returns the length. Context: process. */
export function param_get_hexint(buffer: usize, kp: usize): i32 {
  return print(buffer, cstr("%#08x\n"), load<u32>(arg_of(kp)));
}

/** Reads a bool: 0 or 1, or -EINVAL. No text means true. */
function parse_bool(val: usize): i32 {
  if (!val) return 1;
  const value = stack_alloc(16);
  const error = kstrtobool(val, value);
  const result: i32 = error ? error : load<u8>(value);
  stack_free(16);
  return result;
}

/** linux/moduleparam.h. Sets a bool from [yYtT1nNfF0], on or off; NULL sets it. -EINVAL for anything else. Context:
 *  process. */
export function param_set_bool(val: usize, kp: usize): i32 {
  const value = parse_bool(val);
  if (value < 0) return value;
  store<u8>(arg_of(kp), <u8>value);
  return 0;
}

/** linux/moduleparam.h. Prints Y or N and a newline; returns the length. Context: process. */
export function param_get_bool(buffer: usize, kp: usize): i32 {
  return print(buffer, cstr("%c\n"), load<u8>(arg_of(kp)) ? 0x59 : 0x4e);
}

/** linux/moduleparam.h. param_set_bool() that refuses to clear a set bool with -EROFS. Context: process. */
export function param_set_bool_enable_only(val: usize, kp: usize): i32 {
  const value = parse_bool(val);
  if (value < 0) return value;
  if (value) store<u8>(arg_of(kp), 1);
  return !value && load<u8>(arg_of(kp)) ? -EROFS : 0;
}

/** linux/moduleparam.h. Sets a bool to the opposite of the text. Context: process. */
export function param_set_invbool(val: usize, kp: usize): i32 {
  const value = parse_bool(val);
  if (value < 0) return value;
  store<u8>(arg_of(kp), <u8>(1 - value));
  return 0;
}

/** linux/moduleparam.h. Prints N for true, Y for false, and a newline; returns the length. Context: process. */
export function param_get_invbool(buffer: usize, kp: usize): i32 {
  return print(buffer, cstr("%c\n"), load<u8>(arg_of(kp)) ? 0x4e : 0x59);
}

/** linux/moduleparam.h. Sets an int to 0 or 1 from a bool's text. Context: process. */
export function param_set_bint(val: usize, kp: usize): i32 {
  const value = parse_bool(val);
  if (value < 0) return value;
  store<i32>(arg_of(kp), value);
  return 0;
}
