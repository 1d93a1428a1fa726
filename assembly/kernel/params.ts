// kernel/params.c: module parameters. A module's options are a line of words name=value; each name is looked up in its
// table of struct kernel_param, whose ops convert the text. The types' ops are in params_types.ts and params_array.ts.

import {
  ENOENT,
  EINVAL,
  ENOSPC,
  kernel_param,
  KERNEL_PARAM_FL_UNSAFE,
  kernel_param_ops,
  KERNEL_PARAM_OPS_FL_NOARG,
  sizeof_kernel_param,
  TAINT_USER,
} from "../abi";
import { stack_alloc, stack_free } from "../arch/wasm/stack";
import { next_arg } from "../lib/cmdline";
import { strcmp } from "../lib/string";
import { skip_spaces } from "../lib/string_helpers";
import { params_array_init } from "./params_array";
import { params_types_init } from "./params_types";
import { pr } from "./printk/printk";
import { add_taint_mask } from "./taint";

/** Fills the ops of the parameter types, which modules refer to by address. */
export function params_init(): void {
  params_types_init();
  params_array_init();
}

@inline
function dash_to_underscore(c: u32): u32 {
  return c == 0x2d ? 0x5f : c;
}

/** Whether two names are equal, '-' being the same as '_'. */
function same_name(a: usize, b: usize): bool {
  while (dash_to_underscore(load<u8>(a)) == dash_to_underscore(load<u8>(b))) {
    if (!load<u8>(a)) return true;
    a++;
    b++;
  }
  return false;
}

/** The parameter `name` of a table of `num`, or null. */
function find_param(name: usize, params: usize, num: u32): kernel_param | null {
  for (; num; num--, params += sizeof_kernel_param) {
    const param = changetype<kernel_param>(params);
    if (same_name(name, param.name)) return param;
  }
  return null;
}

/** Setting a parameter that is marked as dangerous taints the kernel. */
export function param_check_unsafe(param: kernel_param): void {
  if (!(param.flags & <u8>KERNEL_PARAM_FL_UNSAFE)) return;
  pr(cstr("\x015Setting dangerous option %s - tainting kernel"), param.name);
  add_taint_mask(TAINT_USER);
}

/** Sets one parameter; `value` is NULL if the word had no '='. */
function set_param(param: kernel_param, value: usize): i32 {
  const ops = changetype<kernel_param_ops>(param.ops);
  if (!value && !(ops.flags & KERNEL_PARAM_OPS_FL_NOARG)) return -EINVAL;
  param_check_unsafe(param);
  return call_indirect<i32>(<u32>ops.set_, value, changetype<usize>(param));
}

/** Says why a word was refused. */
function complain(module: usize, name: usize, value: usize, error: i32): void {
  if (!value) value = cstr("");
  if (error == -ENOENT) pr(cstr("\x013%s: Unknown parameter `%s'"), module, name);
  else if (error == -ENOSPC) pr(cstr("\x013%s: `%s' too large for parameter `%s'"), module, value, name);
  else pr(cstr("\x013%s: `%s' invalid for parameter `%s'"), module, value, name);
}

/** Sets the parameters of module `name` from its options `args`, which are cut up in place. A name that is not in the
 *  table of `num` at `params` is reported and skipped; words behind "--" are not options. Returns 0, or the error of
 *  the last parameter that could not be set; all others are set. Context: process. */
export function parse_args(name: usize, args: usize, params: usize, num: u32): i32 {
  const word = stack_alloc(16);
  let error: i32 = 0;
  let at = args ? skip_spaces(args) : cstr("");
  while (load<u8>(at)) {
    at = next_arg(at, word, word + 4);
    const key = load<usize>(word);
    const value = load<usize>(word, 4);
    if (!value && !strcmp(key, cstr("--"))) {
      if (load<u8>(at)) pr(cstr("\x014%s: parameters '%s' after `--' ignored"), name, at);
      break;
    }
    const param = find_param(key, params, num);
    if (param === null) {
      pr(cstr("\x014%s: unknown parameter '%s' ignored"), name, key);
      continue;
    }
    const result = set_param(param, value);
    if (!result) continue;
    complain(name, key, value, result);
    error = result;
  }
  stack_free(16);
  return error;
}

/** Frees what the parameters of an unloaded module allocated. */
export function destroy_params(params: usize, num: u32): void {
  for (; num; num--, params += sizeof_kernel_param) {
    const param = changetype<kernel_param>(params);
    const free = changetype<kernel_param_ops>(param.ops).free;
    if (free) call_indirect<void>(<u32>free, param.arg);
  }
}
