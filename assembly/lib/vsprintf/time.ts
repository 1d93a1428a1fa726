// %ptR and %ptT: struct rtc_time and time64_t as ISO 8601, "2019-01-04T15:32:23"; d date only, t time only, s a space
// between, r the raw fields (years since 1900, months from 0).

import { rtc_time, sizeof_tm } from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { time64_to_tm } from "../../kernel/time/timeconv";
import { number_as } from "./number";
import { Out, put, ZEROPAD } from "./out";
import { bad_pointer, error_string } from "./string";

const CALENDAR_BYTES: usize = (sizeof_tm + 15) & ~15;

function put_field(o: Out, value: i32, digits: i32): void {
  number_as(o, <u64>(<i64>value), 10, ZEROPAD, digits, -1);
}

function put_date(o: Out, year: i32, month: i32, day: i32, raw: bool): void {
  put_field(o, raw ? year : year + 1900, 4);
  put(o, 0x2d);
  put_field(o, raw ? month : month + 1, 2);
  put(o, 0x2d);
  put_field(o, day, 2);
}

function put_time(o: Out, hour: i32, minute: i32, second: i32): void {
  put_field(o, hour, 2);
  put(o, 0x3a);
  put_field(o, minute, 2);
  put(o, 0x3a);
  put_field(o, second, 2);
}

/** The first six fields are alike in struct rtc_time and struct tm on a 32-bit machine; `t` may be either. */
function put_fields(o: Out, t: rtc_time, fmt: usize): void {
  let date = true;
  let time = true;
  let c: u32 = load<u8>(fmt);
  if (c == 0x64) time = false;
  if (c == 0x74) date = false;
  if (c == 0x64 || c == 0x74) c = load<u8>(++fmt);
  let raw = false;
  let separator: u32 = 0x54;
  for (; c == 0x72 || c == 0x73; c = load<u8>(++fmt)) {
    if (c == 0x72) raw = true;
    else separator = 0x20;
  }
  if (date) put_date(o, t.tm_year, t.tm_mon, t.tm_mday, raw);
  if (date && time) put(o, separator);
  if (time) put_time(o, t.tm_hour, t.tm_min, t.tm_sec);
}

/** `fmt` points at the 't'. */
export function time_and_date(o: Out, ptr: usize, fmt: usize): void {
  if (bad_pointer(o, ptr)) return;
  const kind: u32 = load<u8>(fmt, 1);
  if (kind == 0x52) {
    put_fields(o, changetype<rtc_time>(ptr), fmt + 2);
  } else if (kind == 0x54) {
    const calendar = stack_alloc(CALENDAR_BYTES);
    time64_to_tm(load<i64>(ptr), 0, calendar);
    put_fields(o, changetype<rtc_time>(calendar), fmt + 2);
    stack_free(CALENDAR_BYTES);
  } else {
    error_string(o, cstr("(%pt?)"));
  }
}
