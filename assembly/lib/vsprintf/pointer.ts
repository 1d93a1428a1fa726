// %p and its extensions: the letters behind it choose how the pointer, or what it points to, is written
// (Documentation/core-api/printk-formats.rst).

import { IS_ERR } from "../err";
import { hex_string, ip_address, mac_address } from "./address";
import { bitmap_list_string, bitmap_string } from "./bitmap";
import { block_device_name, dentry_name, file_name } from "./dentry";
import { error_pointer } from "./errname";
import { escaped_string } from "./escape";
import { flags_string } from "./flags";
import { fourcc_string } from "./fourcc";
import { fwnode_string } from "./fwnode";
import { default_pointer, pointer_string, restricted_pointer } from "./hash";
import { special_hex_number } from "./number";
import { Out } from "./out";
import { resource_string } from "./resource";
import { bad_pointer, error_string, string } from "./string";
import { symbol_string } from "./symbol";
import { time_and_date } from "./time";
import { uuid_string } from "./uuid";
import { va_format_string } from "./va_format";

/** %pa: an address type, by reference. phys_addr_t and dma_addr_t are both 32 bits wide. */
function address_value(o: Out, ptr: usize): void {
  if (!bad_pointer(o, ptr)) special_hex_number(o, load<u32>(ptr), 4);
}

/** %pNF: netdev_features_t. */
function netdev_features(o: Out, ptr: usize, kind: u32): void {
  if (bad_pointer(o, ptr)) return;
  if (kind == 0x46) special_hex_number(o, load<u64>(ptr), 8);
  else error_string(o, cstr("(%pN?)"));
}

/** Writes `ptr`; `fmt` is behind the 'p'. */
export function pointer(o: Out, ptr: usize, fmt: usize): void {
  const kind: u32 = load<u8>(fmt) ? load<u8>(fmt, 1) : 0;
  switch (load<u8>(fmt)) {
    case 0x53: // S
    case 0x73: // s
    case 0x42: // B
      symbol_string(o, ptr, load<u8>(fmt) != 0x73);
      return;
    case 0x52: // R
    case 0x72: // r
      resource_string(o, ptr, load<u8>(fmt) == 0x52);
      return;
    case 0x68: // h
      hex_string(o, ptr, kind);
      return;
    case 0x62: // b
      if (kind == 0x6c) bitmap_list_string(o, ptr);
      else bitmap_string(o, ptr);
      return;
    case 0x4d: // M
    case 0x6d: // m
      mac_address(o, ptr, fmt);
      return;
    case 0x49: // I
    case 0x69: // i
      ip_address(o, ptr, fmt);
      return;
    case 0x45: // E
      escaped_string(o, ptr, fmt);
      return;
    case 0x55: // U
      uuid_string(o, ptr, kind);
      return;
    case 0x56: // V
      va_format_string(o, ptr);
      return;
    case 0x4b: // K
      restricted_pointer(o, ptr);
      return;
    case 0x4e: // N
      netdev_features(o, ptr, kind);
      return;
    case 0x34: // 4
      fourcc_string(o, ptr, fmt);
      return;
    case 0x61: // a
      address_value(o, ptr);
      return;
    case 0x64: // d
      dentry_name(o, ptr, kind);
      return;
    case 0x74: // t
      time_and_date(o, ptr, fmt);
      return;
    case 0x43: // C: there is no clock framework, so no clk has a name
      if (!bad_pointer(o, ptr)) default_pointer(o, ptr);
      return;
    case 0x44: // D
      file_name(o, ptr, kind);
      return;
    case 0x67: // g
      block_device_name(o, ptr);
      return;
    case 0x47: // G
      flags_string(o, ptr, kind);
      return;
    case 0x4f: // O: there is no device tree
      error_string(o, kind == 0x46 ? cstr("(%pOF?)") : cstr("(%pO?)"));
      return;
    case 0x66: // f
      fwnode_string(o, ptr, fmt);
      return;
    case 0x41: // A
      error_string(o, cstr("(%pA?)"));
      return;
    case 0x78: // x
      pointer_string(o, ptr);
      return;
    case 0x65: // e
      if (IS_ERR(ptr)) error_pointer(o, <i32>ptr);
      else default_pointer(o, ptr);
      return;
    case 0x75: // u
    case 0x6b: // k
      if (kind == 0x73) string(o, ptr);
      else error_string(o, cstr("(einval)"));
      return;
    default:
      default_pointer(o, ptr);
  }
}
