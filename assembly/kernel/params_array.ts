// linux/moduleparam.h, kernel/params.c: parameters that are strings (charp: allocated; string: copied into a char
// array) and arrays, whose elements have ops of their own.

import {
  EINVAL,
  ENOMEM,
  ENOSPC,
  GFP_KERNEL,
  kernel_param,
  kernel_param_ops,
  kparam_array,
  kparam_string,
  PAGE_SIZE,
  sizeof_kernel_param,
  sizeof_kernel_param_ops,
  sizeof_list_head,
} from "../abi";
import { stack_alloc, stack_free } from "../arch/wasm/stack";
import { INIT_LIST_HEAD, list_add, list_del, list_next } from "../lib/list";
import { strcpy, strcspn, strlen } from "../lib/string";
import { snprintf_ } from "../lib/vsprintf";
import { __kmalloc } from "../mm/kmalloc";
import { kfree } from "../mm/slub";
import { define_ops } from "./params_types";
import { pr } from "./printk/printk";

/** linux/moduleparam.h. Ops of char * parameters. */
export const param_ops_charp: usize = memory.data(<i32>sizeof_kernel_param_ops, 4);
/** linux/moduleparam.h. Ops of char[] parameters (module_param_string). */
export const param_ops_string: usize = memory.data(<i32>sizeof_kernel_param_ops, 4);
/** linux/moduleparam.h. Ops of array parameters (module_param_array). */
export const param_array_ops: usize = memory.data(<i32>sizeof_kernel_param_ops, 4);

/** Strings that charp parameters allocated: a list_head, then the text. A parameter's default is not among them. */
const allocated = memory.data(<i32>sizeof_list_head, 4);

const CHARP_MAX: usize = 1024;

export function params_array_init(): void {
  INIT_LIST_HEAD(allocated);
  define_ops(param_ops_charp, param_set_charp.index, param_get_charp.index, param_free_charp.index, 0);
  define_ops(param_ops_string, param_set_copystring.index, param_get_string.index, 0, 0);
  define_ops(param_array_ops, param_array_set.index, param_array_get.index, param_array_free.index, 0);
}

/** Frees `text` if a parameter allocated it. */
function free_text(text: usize): void {
  for (let entry = list_next(allocated); entry != allocated; entry = list_next(entry)) {
    if (entry + sizeof_list_head != text) continue;
    list_del(entry);
    kfree(entry);
    return;
  }
}

/** linux/moduleparam.h. Sets a char * to a copy of the text. -ENOSPC above 1024 characters, -ENOMEM without memory.
 *  Context: process. */
export function param_set_charp(val: usize, kp: usize): i32 {
  const param = changetype<kernel_param>(kp);
  const length = strlen(val);
  if (length > CHARP_MAX) {
    pr(cstr("\x013%s: string parameter too long"), param.name);
    return -ENOSPC;
  }
  free_text(load<usize>(param.arg));
  const entry = __kmalloc(sizeof_list_head + length + 1, GFP_KERNEL);
  store<usize>(param.arg, entry ? entry + sizeof_list_head : 0);
  if (!entry) return -ENOMEM;
  list_add(entry, allocated);
  strcpy(entry + sizeof_list_head, val);
  return 0;
}

/** linux/moduleparam.h. Prints a string and a newline; returns the length. Context: process. */
export function param_get_charp(buffer: usize, kp: usize): i32 {
  return print_text(buffer, load<usize>(changetype<kernel_param>(kp).arg));
}

/** linux/moduleparam.h. Frees what param_set_charp() allocated for the char * at `arg`. Context: process. */
export function param_free_charp(arg: usize): void {
  free_text(load<usize>(arg));
}

/** linux/moduleparam.h. Copies the text into the char array of a struct kparam_string. -ENOSPC if it does not fit.
 *  Context: process. */
export function param_set_copystring(val: usize, kp: usize): i32 {
  const param = changetype<kernel_param>(kp);
  const target = changetype<kparam_string>(param.arg);
  if (strlen(val) + 1 > target.maxlen) {
    pr(cstr("\x013%s: string doesn't fit in %u chars."), param.name, target.maxlen - 1);
    return -ENOSPC;
  }
  strcpy(target.string, val);
  return 0;
}

/** linux/moduleparam.h. Prints the char array of a struct kparam_string and a newline; returns the length. Context:
 *  process. */
export function param_get_string(buffer: usize, kp: usize): i32 {
  return print_text(buffer, changetype<kparam_string>(changetype<kernel_param>(kp).arg).string);
}

function print_text(buffer: usize, text: usize): i32 {
  return min(snprintf_(buffer, PAGE_SIZE, cstr("%s\n"), text), <i32>PAGE_SIZE - 1);
}

/** A struct kernel_param for the elements of an array, on the shadow stack. */
const ELEMENT_BYTES: usize = (sizeof_kernel_param + 15) & ~15;

function element_param(kp: usize): kernel_param {
  const element = changetype<kernel_param>(stack_alloc(ELEMENT_BYTES));
  memory.copy(changetype<usize>(element), kp, sizeof_kernel_param);
  return element;
}

/** How many elements an array has: what was set, if it counts, else all. */
function used(array: kparam_array): u32 {
  return array.num ? load<u32>(array.num) : array.max;
}

/** Sets the elements from a list with commas, which is cut up in place. */
function set_elements(val: usize, element: kernel_param, array: kparam_array): i32 {
  const set = <u32>changetype<kernel_param_ops>(array.ops).set_;
  let count: u32 = 0;
  if (array.num) store<u32>(array.num, 0);
  element.arg = array.elem;
  while (true) {
    if (count == array.max) {
      pr(cstr("\x013%s: can only take %i arguments"), element.name, array.max);
      return -EINVAL;
    }
    const end = val + strcspn(val, cstr(","));
    const more = load<u8>(end) != 0;
    store<u8>(end, 0);
    const error = call_indirect<i32>(set, val, changetype<usize>(element));
    if (error) return error;
    count++;
    if (array.num) store<u32>(array.num, count);
    if (!more) return 0;
    element.arg += array.elemsize;
    val = end + 1;
  }
}

/** kernel_param_ops.set of arrays: a list with commas, at most as many as there are elements. */
export function param_array_set(val: usize, kp: usize): i32 {
  const array = changetype<kparam_array>(changetype<kernel_param>(kp).arg);
  const error = set_elements(val, element_param(kp), array);
  stack_free(ELEMENT_BYTES);
  return error;
}

/** kernel_param_ops.get of arrays: the elements with commas between them and a newline behind. */
export function param_array_get(buffer: usize, kp: usize): i32 {
  const array = changetype<kparam_array>(changetype<kernel_param>(kp).arg);
  const get = <u32>changetype<kernel_param_ops>(array.ops).get_;
  const element = element_param(kp);
  let length: i32 = 0;
  for (let i: u32 = 0; i < used(array); i++) {
    if (i) store<u8>(buffer + length - 1, 0x2c); // for the newline of the element before
    element.arg = array.elem + i * array.elemsize;
    const added = call_indirect<i32>(get, buffer + length, changetype<usize>(element));
    if (added < 0) {
      length = added;
      break;
    }
    length += added;
  }
  stack_free(ELEMENT_BYTES);
  if (length >= 0) store<u8>(buffer + length, 0);
  return length;
}

/** kernel_param_ops.free of arrays: frees every element. */
export function param_array_free(arg: usize): void {
  const array = changetype<kparam_array>(arg);
  const free = <u32>changetype<kernel_param_ops>(array.ops).free;
  if (!free) return;
  for (let i: u32 = 0; i < used(array); i++) call_indirect<void>(free, array.elem + i * array.elemsize);
}
