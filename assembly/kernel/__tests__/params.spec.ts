import {
  EINVAL,
  ENOSPC,
  EROFS,
  ERANGE,
  kernel_param,
  KERNEL_PARAM_FL_UNSAFE,
  kernel_param_ops,
  kparam_array,
  kparam_string,
  sizeof_kernel_param,
} from "../../abi";
import { last_line, log_count, log_mark } from "../../__tests__/log";
import { strcpy, strlen } from "../../lib/string";
import { mm_init } from "../../mm/init";
import { destroy_params, params_init, parse_args } from "../params";
import { param_array_ops, param_ops_charp, param_ops_string } from "../params_array";
import {
  param_ops_bint,
  param_ops_bool,
  param_ops_bool_enable_only,
  param_ops_byte,
  param_ops_hexint,
  param_ops_int,
  param_ops_invbool,
  param_ops_short,
  param_ops_uint,
  param_ops_ullong,
  param_ops_ulong,
  param_set_uint_minmax,
} from "../params_types";

const args = memory.data(2048, 8);
const out = memory.data(4096, 8);
const table = memory.data(16 * 20, 8);
const value = memory.data(128, 8);
const array = memory.data(32, 8);
const chars = memory.data(16, 8);

function text(at: usize): string {
  return String.UTF8.decodeUnsafe(at, strlen(at));
}

function param(index: u32, name: usize, ops: usize, arg: usize): kernel_param {
  const p = changetype<kernel_param>(table + index * sizeof_kernel_param);
  memory.fill(changetype<usize>(p), 0, sizeof_kernel_param);
  p.name = name;
  p.ops = ops;
  p.arg = arg;
  return p;
}

/** Parses options for one parameter "p"; its name in messages is "mod". */
function set(ops: usize, options: usize): i32 {
  param(0, cstr("p"), ops, value);
  strcpy(args, options);
  return parse_args(cstr("mod"), args, table, 1);
}

/** What the parameter prints. */
function get(): string {
  const p = changetype<kernel_param>(table);
  const length = call_indirect<i32>(<u32>changetype<kernel_param_ops>(p.ops).get_, out, table);
  return String.UTF8.decodeUnsafe(out, length);
}

let ready = false;

describe("module parameters", () => {
  beforeEach(() => {
    if (!ready) {
      mm_init();
      params_init();
      ready = true;
    }
    memory.fill(value, 0, 128);
  });

  test("integers of every type", () => {
    expect(set(param_ops_int, cstr("p=-5"))).toBe(0);
    expect(load<i32>(value)).toBe(-5);
    expect(get()).toBe("-5\n");
    expect(set(param_ops_uint, cstr("p=0xffffffff"))).toBe(0);
    expect(get()).toBe("4294967295\n");
    expect(set(param_ops_hexint, cstr("p=255"))).toBe(0);
    expect(get()).toBe("0x0000ff\n");
    store<u32>(value, <u32>-1);
    expect(set(param_ops_byte, cstr("p=7"))).toBe(0);
    expect(load<u32>(value)).toBe(0xffffff07);
    expect(get()).toBe("7\n");
    expect(set(param_ops_short, cstr("p=-2"))).toBe(0);
    expect(get()).toBe("-2\n");
    expect(set(param_ops_ulong, cstr("p=010"))).toBe(0);
    expect(get()).toBe("8\n");
    expect(set(param_ops_ullong, cstr("p=18446744073709551615"))).toBe(0);
    expect(get()).toBe("18446744073709551615\n");
  });

  test("bools", () => {
    expect(set(param_ops_bool, cstr("p"))).toBe(0);
    expect(get()).toBe("Y\n");
    expect(set(param_ops_bool, cstr("p=off"))).toBe(0);
    expect(get()).toBe("N\n");
    expect(set(param_ops_invbool, cstr("p=1"))).toBe(0);
    expect(load<u8>(value)).toBe(0);
    expect(get()).toBe("Y\n");
    expect(set(param_ops_bint, cstr("p=yes"))).toBe(0);
    expect(get()).toBe("1\n");
    expect(set(param_ops_bool_enable_only, cstr("p=y"))).toBe(0);
    expect(set(param_ops_bool_enable_only, cstr("p=n"))).toBe(-EROFS);
    expect(load<u8>(value)).toBe(1);
  });

  test("a bad value is reported and leaves the parameter", () => {
    store<i32>(value, 42);
    expect(set(param_ops_int, cstr("p=abc"))).toBe(-EINVAL);
    expect(last_line()).toBe("mod: `abc' invalid for parameter `p'");
    expect(set(param_ops_int, cstr("p"))).toBe(-EINVAL);
    expect(last_line()).toBe("mod: `' invalid for parameter `p'");
    expect(set(param_ops_int, cstr("p=99999999999"))).toBe(-ERANGE);
    expect(load<i32>(value)).toBe(42);
    expect(param_set_uint_minmax(cstr("5"), table, 1, 4)).toBe(-EINVAL);
    expect(param_set_uint_minmax(cstr("4"), table, 1, 4)).toBe(0);
    expect(load<i32>(value)).toBe(4);
  });

  test("an unknown name is reported and skipped, all others are set", () => {
    param(0, cstr("debug"), param_ops_int, value);
    param(1, cstr("multicast_filter_limit"), param_ops_int, value + 4);
    strcpy(args, cstr('  debug=3 foo=1 multicast-filter_limit="7" '));
    expect(parse_args(cstr("8139cp"), args, table, 2)).toBe(0);
    expect(load<i32>(value)).toBe(3);
    expect(load<i32>(value, 4)).toBe(7);
    expect(last_line()).toBe("8139cp: unknown parameter 'foo' ignored");
    strcpy(args, cstr("debug=x multicast_filter_limit=9"));
    expect(parse_args(cstr("8139cp"), args, table, 2)).toBe(-EINVAL);
    expect(load<i32>(value, 4)).toBe(9);
    strcpy(args, cstr("debug=1 -- debug=2"));
    expect(parse_args(cstr("8139cp"), args, table, 2)).toBe(0);
    expect(load<i32>(value)).toBe(1);
    expect(last_line()).toBe("8139cp: parameters 'debug=2' after `--' ignored");
    expect(parse_args(cstr("8139cp"), 0, table, 2)).toBe(0);
    log_mark();
    strcpy(args, cstr(""));
    expect(parse_args(cstr("8139cp"), args, table, 2)).toBe(0);
    expect(log_count()).toBe(0);
  });

  test("a dangerous parameter says so", () => {
    param(0, cstr("p"), param_ops_int, value).flags = <u8>KERNEL_PARAM_FL_UNSAFE;
    strcpy(args, cstr("p=1"));
    expect(parse_args(cstr("mod"), args, table, 1)).toBe(0);
    expect(last_line()).toBe("Setting dangerous option p - tainting kernel");
  });

  test("charp: allocated, replaced and freed, but never the default", () => {
    const default_ = cstr("default");
    store<usize>(value, default_);
    param(0, cstr("p"), param_ops_charp, value);
    strcpy(args, cstr('p="one two"'));
    expect(parse_args(cstr("mod"), args, table, 1)).toBe(0);
    strcpy(args, cstr("xxxxxxxxxxxx"));
    expect(text(load<usize>(value))).toBe("one two");
    expect(get()).toBe("one two\n");
    strcpy(args, cstr("p=three"));
    expect(parse_args(cstr("mod"), args, table, 1)).toBe(0);
    expect(text(load<usize>(value))).toBe("three");
    destroy_params(table, 1);
    destroy_params(table, 1);
    memory.fill(args, 0x61, 1100);
    strcpy(args, cstr("p="));
    store<u8>(args, 0x61, 2);
    store<u8>(args, 0, 2 + 1025);
    expect(parse_args(cstr("mod"), args, table, 1)).toBe(-ENOSPC);
  });

  test("string: copied into its array", () => {
    const target = changetype<kparam_string>(array);
    target.maxlen = 5;
    target.string = chars;
    param(0, cstr("p"), param_ops_string, array);
    strcpy(args, cstr("p=abcd"));
    expect(parse_args(cstr("mod"), args, table, 1)).toBe(0);
    expect(text(chars)).toBe("abcd");
    expect(get()).toBe("abcd\n");
    strcpy(args, cstr("p=abcde"));
    expect(parse_args(cstr("mod"), args, table, 1)).toBe(-ENOSPC);
    expect(last_line()).toBe("mod: `abcde' too large for parameter `p'");
    expect(text(chars)).toBe("abcd");
  });

  test("arrays count their elements", () => {
    const a = changetype<kparam_array>(array);
    a.max = 4;
    a.elemsize = 4;
    a.num = chars;
    a.ops = param_ops_int;
    a.elem = value;
    param(0, cstr("p"), param_array_ops, array);
    strcpy(args, cstr("p=1,-2,0x3"));
    expect(parse_args(cstr("mod"), args, table, 1)).toBe(0);
    expect(load<u32>(chars)).toBe(3);
    expect(load<i32>(value, 4)).toBe(-2);
    expect(get()).toBe("1,-2,3\n");
    strcpy(args, cstr("p=1,2,3,4,5"));
    expect(parse_args(cstr("mod"), args, table, 1)).toBe(-EINVAL);
    expect(load<u32>(chars)).toBe(4);
    strcpy(args, cstr("p=1,x"));
    expect(parse_args(cstr("mod"), args, table, 1)).toBe(-EINVAL);
    expect(load<u32>(chars)).toBe(1);
    a.num = 0;
    memory.fill(value, 0, 16);
    strcpy(args, cstr("p=9"));
    expect(parse_args(cstr("mod"), args, table, 1)).toBe(0);
    expect(get()).toBe("9,0,0,0\n");
    destroy_params(table, 1);
  });
});
