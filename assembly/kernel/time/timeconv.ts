// kernel/time/timeconv.c: seconds and calendar dates. The year is taken to begin in March, so that the leap day is its
// last, and 400 years (146097 days) repeat exactly.

import { tm } from "../../abi";

const DAY: i64 = 86400;
const DAYS_IN_ERA: i64 = 146097;
/** Days from 1 March of year 0 to 1 January 1970. */
const EPOCH: i64 = 719468;

/** Days before month `m` of a year that begins in March (m = 0). */
@inline
function days_before(m: i64): i64 {
  return (153 * m + 2) / 5;
}

/** linux/time.h. Seconds from 1970 to a date of the Gregorian calendar, UTC; `mon` is 1..12. Context: any. */
export function mktime64(year: u32, mon: u32, day: u32, hour: u32, min: u32, sec: u32): i64 {
  const march = <i64>(mon + 9) % 12;
  const y = <i64>year - (mon <= 2 ? 1 : 0);
  const days = y * 365 + y / 4 - y / 100 + y / 400 + days_before(march) + <i64>day - 1 - EPOCH;
  return ((days * 24 + <i64>hour) * 60 + <i64>min) * 60 + <i64>sec;
}

/** linux/time.h. Breaks `totalsecs` since 1970 plus `offset` seconds into the struct tm at `result`. Context: any. */
export function time64_to_tm(totalsecs: i64, offset: i32, result: usize): void {
  const out = changetype<tm>(result);
  let days = totalsecs / DAY;
  let rest = (totalsecs % DAY) + <i64>offset;
  while (rest < 0) {
    rest += DAY;
    days--;
  }
  while (rest >= DAY) {
    rest -= DAY;
    days++;
  }
  out.tm_hour = <i32>(rest / 3600);
  out.tm_min = <i32>((rest / 60) % 60);
  out.tm_sec = <i32>(rest % 60);
  const weekday = (days + 4) % 7; // 1 January 1970 was a Thursday
  out.tm_wday = <i32>(weekday < 0 ? weekday + 7 : weekday);
  set_date(out, days + EPOCH);
}

/** The date of a day counted from 1 March of year 0. */
function set_date(out: tm, day: i64): void {
  const era = (day >= 0 ? day : day - DAYS_IN_ERA + 1) / DAYS_IN_ERA;
  const day_of_era = day - era * DAYS_IN_ERA;
  const year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100); // from 1 March
  const march = (5 * day_of_year + 2) / 153;
  const after_new_year = march >= 10;
  const year = year_of_era + era * 400 + (after_new_year ? 1 : 0);
  const leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  out.tm_mday = <i32>(day_of_year - days_before(march) + 1);
  out.tm_mon = <i32>(after_new_year ? march - 10 : march + 2);
  out.tm_year = <i32>(year - 1900);
  out.tm_yday = <i32>(after_new_year ? day_of_year - 306 : day_of_year + 59 + (leap ? 1 : 0));
}
