// net/core/dev.c: names. A name with one %d in it gets the lowest number that is free.

import {
  EBUSY,
  EEXIST,
  EINVAL,
  ENFILE,
  ENOMEM,
  GFP_ATOMIC,
  IFF_LIVE_RENAME_OK,
  IFF_UP,
  IFNAMSIZ,
  NETDEV_CHANGENAME,
  NET_NAME_RENAMED,
  PAGE_SIZE,
  net_device,
} from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { device_rename } from "../../drivers/base/core";
import { isdigit, isspace } from "../../lib/ctype";
import { _find_first_zero_bit } from "../../lib/find_bit";
import { list_next } from "../../lib/list";
import { strchr, strcmp, strncmp, strnlen, strscpy } from "../../lib/string";
import { snprintf_ } from "../../lib/vsprintf";
import { free_pages, get_zeroed_page } from "../../mm/page_alloc";
import { __dev_get_by_name } from "./dev_lookup";
import { dev_base_head, dev_of_link, init_net } from "./net_namespace";
import { call_netdevice_notifiers } from "./notifier";
import { notifier_to_errno } from "../../kernel/notifier";
import { netdev_pr } from "./printk";
import { ASSERT_RTNL } from "./rtnl";

/** linux/netdevice.h. Whether `name` may name an interface: 1..15 bytes, no '/', ':' or blank, not "." or "..".
 *  Context: any. */
export function dev_valid_name(name: usize): bool {
  const length = strnlen(name, IFNAMSIZ);
  if (length == 0 || length == IFNAMSIZ) return false;
  if (strcmp(name, cstr(".")) == 0 || strcmp(name, cstr("..")) == 0) return false;
  for (let i: usize = 0; i < length; i++) {
    const c = load<u8>(name + i);
    if (c == 0x2f || c == 0x3a || isspace(c)) return false;
  }
  return true;
}

/** The number that `name` has where `pattern` has %d, or -1. Only a number that prints the same way back counts. */
function number_in(name: usize, pattern: usize, percent: usize): i32 {
  const prefix = percent - pattern;
  if (strncmp(name, pattern, prefix) != 0) return -1;
  let at = name + prefix;
  const first = load<u8>(at);
  if (!isdigit(first) || (first == 0x30 && isdigit(load<u8>(at, 1)))) return -1;
  let value: i32 = 0;
  while (isdigit(load<u8>(at)) && value < <i32>PAGE_SIZE * 8) value = value * 10 + load<u8>(at++) - 0x30;
  return strcmp(at, percent + 2) == 0 ? value : -1;
}

/** The lowest number of `pattern` that no interface has: a page of bits holds those that are taken. */
function free_number(pattern: usize, percent: usize): i32 {
  const limit = PAGE_SIZE * 8;
  const taken = get_zeroed_page(GFP_ATOMIC);
  if (taken == 0) return -ENOMEM;
  const head = dev_base_head();
  for (let link = list_next(head); link != head; link = list_next(link)) {
    const number = number_in(dev_of_link(link).name, pattern, percent);
    if (number < 0 || <u32>number >= limit) continue;
    const byte = taken + (number >> 3);
    const bit: u32 = 1 << (number & 7);
    store<u8>(byte, <u8>(load<u8>(byte) | bit));
  }
  const number = <i32>_find_first_zero_bit(taken, limit);
  free_pages(taken, 0);
  return number;
}

/** Writes the name that `name` stands for to `out`. Returns its number (0 if it has none) or an errno. */
function alloc_name(name: usize, out: usize): i32 {
  if (!dev_valid_name(name)) return -EINVAL;
  let number = 0;
  const percent = strchr(name, 0x25);
  if (percent) {
    if (load<u8>(percent, 1) != 0x64 || strchr(percent + 2, 0x25)) return -EINVAL;
    number = free_number(name, percent);
    if (number < 0) return number;
    snprintf_(out, IFNAMSIZ, name, number);
  } else {
    strscpy(out, name, IFNAMSIZ);
  }
  // a long pattern may leave no room for its digits
  return changetype<usize>(__dev_get_by_name(init_net, out)) != 0 ? -ENFILE : number;
}

/** linux/netdevice.h. Gives `dev` the name that `name` ("eth%d") stands for. Its number, -EINVAL, -ENFILE if none is
 *  free, or -ENOMEM. Context: process, under RTNL. */
export function dev_alloc_name(dev: net_device, name: usize): i32 {
  const buf = stack_alloc(IFNAMSIZ);
  const ret = alloc_name(name, buf);
  if (ret >= 0) strscpy(dev.name, buf, IFNAMSIZ);
  stack_free(IFNAMSIZ);
  return ret;
}

/** As dev_alloc_name, but a plain name that is taken is -EEXIST. 0 or an errno. */
export function dev_get_valid_name(dev: net_device, name: usize): i32 {
  if (!dev_valid_name(name)) return -EINVAL;
  if (!strchr(name, 0x25) && changetype<usize>(__dev_get_by_name(init_net, name)) != 0) return -EEXIST;
  return min(dev_alloc_name(dev, name), 0);
}

function rename(dev: net_device, name: usize, old: usize): i32 {
  memory.copy(old, dev.name, IFNAMSIZ);
  let err = dev_get_valid_name(dev, name);
  if (err < 0) return err;
  netdev_pr(cstr("\x016"), dev, cstr("renamed from %s\n"), old);
  const assigned = dev.name_assign_type;
  dev.name_assign_type = <u8>NET_NAME_RENAMED;
  err = device_rename(changetype<usize>(dev.dev), dev.name);
  if (err == 0) err = notifier_to_errno(call_netdevice_notifiers(NETDEV_CHANGENAME, dev));
  else assign(dev, old, assigned);
  if (err == 0 || strncmp(dev.name, old, IFNAMSIZ) == 0) return err;
  // a notifier does not want the new name
  assign(dev, old, assigned);
  device_rename(changetype<usize>(dev.dev), old);
  call_netdevice_notifiers(NETDEV_CHANGENAME, dev);
  return err;
}

function assign(dev: net_device, name: usize, assigned: u8): void {
  memory.copy(dev.name, name, IFNAMSIZ);
  dev.name_assign_type = assigned;
}

/** Renames an interface that is down. 0, -EBUSY if it is up, -EEXIST, -EINVAL, or what a notifier
 *  answers. Context: process, under RTNL. */
export function dev_change_name(dev: net_device, newname: usize): i32 {
  ASSERT_RTNL();
  if (dev.flags & IFF_UP && !(dev.priv_flags & IFF_LIVE_RENAME_OK)) return -EBUSY;
  if (strncmp(newname, dev.name, IFNAMSIZ) == 0) return 0;
  const old = stack_alloc(IFNAMSIZ);
  const err = rename(dev, newname, old);
  stack_free(IFNAMSIZ);
  return err;
}
