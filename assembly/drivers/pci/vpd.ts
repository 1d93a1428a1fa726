// drivers/pci/vpd.c: Vital Product Data, which a device keeps in an EEPROM behind a capability: a list of tagged
// resources, one of them of keywords ("PN": part number).
//
//   82 len16 id string      90 len16 read-only keywords: K1 K2 len8 data …      91 read-write keywords      78 end

import {
  EILSEQ,
  EINVAL,
  EIO,
  ENODEV,
  ENOENT,
  ENOMEM,
  ETIMEDOUT,
  GFP_KERNEL,
  PCI_CAP_ID_VPD,
  PCI_VPD_ADDR,
  PCI_VPD_ADDR_F,
  PCI_VPD_ADDR_MASK,
  PCI_VPD_DATA,
  PCI_VPD_LRDT,
  PCI_VPD_LRDT_ID_STRING,
  PCI_VPD_LRDT_RO_DATA,
  TASK_UNINTERRUPTIBLE,
  pci_vpd,
} from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { __mutex_init, mutex_lock, mutex_unlock } from "../../kernel/locking/mutex";
import { jiffies, time_after } from "../../kernel/time/jiffies";
import { usleep_range_state } from "../../kernel/time/sleep";
import { __msecs_to_jiffies } from "../../kernel/time/time";
import { ERR_PTR } from "../../lib/err";
import { kmalloc } from "../../mm/kmalloc";
import { kfree } from "../../mm/slub";
import {
  pci_user_read_config_dword,
  pci_user_read_config_word,
  pci_user_write_config_dword,
  pci_user_write_config_word,
} from "./access";
import { pci_find_capability } from "./capability";
import { pci_info, pci_warn, to_pci } from "./internal";

const LRDT_TAG_SIZE: u32 = 3;
const SRDT_TAG_SIZE: u32 = 1;
const STIN_END: u32 = 0x0f;
const INFO_HEADER: u32 = 3;
const MAX_SIZE: u32 = PCI_VPD_ADDR_MASK + 1;
const SIZE_INVALID: u32 = 0xffffffff;

/** How long a device may take for four bytes. */
const TIMEOUT_MS: u32 = 125;

@inline
function vpd(dev: usize): pci_vpd {
  return to_pci(dev).vpd;
}

/** Finds the capability of a new device. */
export function pci_vpd_init(dev: usize): void {
  vpd(dev).cap = pci_find_capability(dev, PCI_CAP_ID_VPD);
  __mutex_init(changetype<usize>(vpd(dev).lock), cstr("&dev->vpd.lock"), 0);
}

/** Waits until the device has set the flag of the address register, or cleared it. */
function wait(dev: usize, set: bool): i32 {
  const word = stack_alloc(16);
  const end = jiffies() + __msecs_to_jiffies(TIMEOUT_MS);
  let error: i32 = 0;
  let late = false;
  let sleep: u32 = 16;
  while (true) {
    error = pci_user_read_config_word(dev, <u32>vpd(dev).cap + PCI_VPD_ADDR, word);
    if (error || ((<u32>load<u16>(word) & PCI_VPD_ADDR_F) != 0) == set) break;
    late = time_after(jiffies(), end);
    if (late) break;
    usleep_range_state(10, sleep, TASK_UNINTERRUPTIBLE);
    if (sleep < 1024) sleep *= 2;
  }
  stack_free(16);
  if (!late) return error;
  pci_warn(
    dev,
    cstr(
      "VPD access failed.  This is likely a firmware bug on this device.  Contact the card vendor for a firmware update",
    ),
  );
  return -ETIMEDOUT;
}

/** Reads the dword at `pos`, a multiple of 4. */
function read_dword(dev: usize, pos: u32, value: usize): i32 {
  let error = pci_user_write_config_word(dev, <u32>vpd(dev).cap + PCI_VPD_ADDR, pos);
  if (!error) error = wait(dev, true);
  return error ? error : pci_user_read_config_dword(dev, <u32>vpd(dev).cap + PCI_VPD_DATA, value);
}

function read_bytes(dev: usize, pos: u32, end: u32, buf: usize): i32 {
  const word = stack_alloc(16);
  let error: i32 = 0;
  mutex_lock(changetype<usize>(vpd(dev).lock));
  while (pos < end && !error) {
    error = read_dword(dev, pos & ~3, word);
    for (let i = pos & 3; i < 4 && pos < end && !error; i++, pos++) store<u8>(buf++, load<u8>(word + i));
  }
  mutex_unlock(changetype<usize>(vpd(dev).lock));
  stack_free(16);
  return error;
}

/** What the tags come to; SIZE_INVALID if there are none. */
function find_size(dev: usize): u32 {
  const header = stack_alloc(16);
  let off: u32 = 0;
  let size: u32 = 0;
  while (off < MAX_SIZE) {
    if (read_bytes(dev, off, off + 1, header)) break;
    const first: u32 = load<u8>(header);
    size = 0;
    if (off == 0 && (first == 0 || first == 0xff)) {
      off = SIZE_INVALID;
      break;
    }
    const large = (first & PCI_VPD_LRDT) != 0;
    if (large) {
      if (off + 3 > MAX_SIZE || read_bytes(dev, off + 1, off + 3, header + 1)) {
        pci_warn(dev, cstr("failed VPD read at offset %u"), off + 1);
        if (!off) off = SIZE_INVALID;
        break;
      }
      size = <u32>load<u8>(header, 1) | ((<u32>load<u8>(header, 2)) << 8);
    } else {
      size = first & 7;
    }
    if (off + size > MAX_SIZE) {
      pci_info(dev, cstr("invalid VPD tag %#04x (size %u) at offset %u"), first, size, off);
      if (!off) off = SIZE_INVALID;
      break;
    }
    off += size + (large ? LRDT_TAG_SIZE : SRDT_TAG_SIZE);
    if (!large && first >> 3 == STIN_END) break;
  }
  const first: u32 = load<u8>(header);
  stack_free(16);
  if (off != SIZE_INVALID) return off;
  pci_info(dev, cstr("invalid VPD tag %#04x (size %u) at offset 0; assume missing optional EEPROM"), first, size);
  return off;
}

/** How much there is to read; 0 and the capability forgotten if that is nothing. */
function available(dev: usize, check_size: bool): u32 {
  if (!vpd(dev).cap) return 0;
  if (!check_size) return MAX_SIZE;
  if (!vpd(dev).len) {
    const size = find_size(dev);
    if (size == SIZE_INVALID) vpd(dev).cap = 0;
    else vpd(dev).len = size;
  }
  return vpd(dev).cap ? vpd(dev).len : 0;
}

function read(dev: usize, pos: i64, count: usize, buf: usize, check_size: bool): i32 {
  const size = available(dev, check_size);
  if (!vpd(dev).cap) return -ENODEV;
  if (pos < 0) return -EINVAL;
  if (pos >= <i64>size) return 0;
  const length = <u32>min<i64>(<i64>size - pos, <i64>count);
  const error = read_bytes(dev, <u32>pos, <u32>pos + length, buf);
  return error ? error : <i32>length;
}

function write(dev: usize, pos: i64, count: usize, buf: usize, check_size: bool): i32 {
  const size = available(dev, check_size);
  if (!vpd(dev).cap) return -ENODEV;
  if (pos < 0 || pos & 3 || count & 3 || <u64>pos + count > <u64>size) return -EINVAL;
  let error: i32 = 0;
  mutex_lock(changetype<usize>(vpd(dev).lock));
  for (let at: u32 = 0; at < <u32>count && !error; at += 4) {
    error = pci_user_write_config_dword(dev, <u32>vpd(dev).cap + PCI_VPD_DATA, load<u32>(buf + at));
    const address = (<u32>pos + at) | PCI_VPD_ADDR_F;
    if (!error) error = pci_user_write_config_word(dev, <u32>vpd(dev).cap + PCI_VPD_ADDR, address);
    if (!error) error = wait(dev, false);
  }
  mutex_unlock(changetype<usize>(vpd(dev).lock));
  return error ? error : <i32>count;
}

/** linux/pci.h. Reads up to `count` bytes of the device's Vital Product Data from `pos` on, as far as its tags go. How
 *  many, -ENODEV if it has none, -EINVAL, -ETIMEDOUT. Context: process. */
export function pci_read_vpd(dev: usize, pos: i64, count: usize, buf: usize): i32 {
  return read(dev, pos, count, buf, true);
}

/** linux/pci.h. pci_read_vpd() wherever the tags end. Context: process. */
export function pci_read_vpd_any(dev: usize, pos: i64, count: usize, buf: usize): i32 {
  return read(dev, pos, count, buf, false);
}

/** linux/pci.h. Writes Vital Product Data, whole dwords within its tags. `count` or an error as of pci_read_vpd().
 *  Context: process. */
export function pci_write_vpd(dev: usize, pos: i64, count: usize, buf: usize): i32 {
  return write(dev, pos, count, buf, true);
}

/** linux/pci.h. pci_write_vpd() wherever the tags end. Context: process. */
export function pci_write_vpd_any(dev: usize, pos: i64, count: usize, buf: usize): i32 {
  return write(dev, pos, count, buf, false);
}

/** linux/pci.h. All of the device's Vital Product Data in memory of its own, its size in `*size` if that is not NULL; free
 *  it with kfree(). ERR_PTR of -ENODEV, -ENOMEM, -EIO. Context: process. */
export function pci_vpd_alloc(dev: usize, size: usize): usize {
  const length = available(dev, true);
  if (!vpd(dev).cap) return ERR_PTR(-ENODEV);
  const buf = kmalloc(length, GFP_KERNEL);
  if (!buf) return ERR_PTR(-ENOMEM);
  if (pci_read_vpd(dev, 0, length, buf) != <i32>length) {
    kfree(buf);
    return ERR_PTR(-EIO);
  }
  if (size) store<u32>(size, length);
  return buf;
}

// ── What is in it ──

/** Where the data of a resource with that tag begins; -ENOENT. Its length goes to `*size` if that is not NULL. */
function find_tag(buf: usize, len: u32, tag: u32, size: usize): i32 {
  let i: u32 = 0;
  while (i + LRDT_TAG_SIZE <= len && load<u8>(buf + i) & PCI_VPD_LRDT) {
    const length = <u32>load<u8>(buf + i, 1) | ((<u32>load<u8>(buf + i, 2)) << 8);
    const found: u32 = load<u8>(buf + i);
    i += LRDT_TAG_SIZE;
    if (found == tag) {
      if (size) store<u32>(size, min(length, len - i));
      return i;
    }
    i += length;
  }
  return -ENOENT;
}

/** linux/pci.h. Where in the `len` bytes at `buf` the product's name begins; its length in `*size`. -ENOENT if there is
 *  none. Context: any. */
export function pci_vpd_find_id_string(buf: usize, len: u32, size: usize): i32 {
  return find_tag(buf, len, PCI_VPD_LRDT_ID_STRING, size);
}

/** Where the keyword `kw` begins in [off, off + len); -ENOENT. */
function find_keyword(buf: usize, off: u32, len: u32, kw: usize): i32 {
  const end = off + len;
  for (let i = off; i + INFO_HEADER <= end; i += INFO_HEADER + <u32>load<u8>(buf + i, 2)) {
    if (load<u8>(buf + i) == load<u8>(kw) && load<u8>(buf + i, 1) == load<u8>(kw, 1)) return i;
  }
  return -ENOENT;
}

/** linux/pci.h. Where in the `len` bytes at `buf` the data of the read-only keyword `kw` (two characters) begins; its
 *  length in `*size` if that is not NULL. -ENOENT, -EINVAL if it does not end within. Context: any. */
export function pci_vpd_find_ro_info_keyword(buf: usize, len: u32, kw: usize, size: usize): i32 {
  const length = stack_alloc(16);
  const start = find_tag(buf, len, PCI_VPD_LRDT_RO_DATA, length);
  const ro = load<u32>(length);
  stack_free(16);
  if (start < 0) return start;
  const at = find_keyword(buf, start, ro, kw);
  if (at < 0) return at;
  const data = <u32>at + INFO_HEADER;
  const bytes: u32 = load<u8>(buf + at, 2);
  if (data + bytes > len) return -EINVAL;
  if (size) store<u32>(size, bytes);
  return data;
}

/** linux/pci.h. Whether the checksum over the `len` bytes at `buf` is right: 0; 1 if there is none; -EILSEQ, -EINVAL.
 *  Context: any. */
export function pci_vpd_check_csum(buf: usize, len: u32): i32 {
  const size = stack_alloc(16);
  const at = pci_vpd_find_ro_info_keyword(buf, len, cstr("RV"), size);
  const bytes = load<u32>(size);
  stack_free(16);
  if (at == -ENOENT) return 1;
  if (at < 0) return at;
  if (!bytes) return -EINVAL;
  let sum: u32 = 0;
  for (let i: i32 = 0; i <= at; i++) sum += load<u8>(buf + i);
  return sum & 0xff ? -EILSEQ : 0;
}
