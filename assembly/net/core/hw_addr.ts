// net/core/dev_addr_lists.c: lists of hardware addresses. Each address is there once, counted; drivers walk the list
// inline, the tree is for searches. sync_cnt says to how many lower lists (or devices) an address was handed down,
// synced how often it was handed to this one.

import {
  EEXIST,
  EINVAL,
  ENOENT,
  ENOMEM,
  GFP_ATOMIC,
  L1_CACHE_BYTES,
  MAX_ADDR_LEN,
  net_device,
  netdev_hw_addr,
  netdev_hw_addr_list,
  offsetof_netdev_hw_addr_callback_head,
  offsetof_netdev_hw_addr_list,
  offsetof_netdev_hw_addr_node,
  offsetof_rb_node_rb_left,
  offsetof_rb_node_rb_right,
  rb_node,
  sizeof_netdev_hw_addr,
} from "../../abi";
import { kvfree_call_rcu } from "../../kernel/rcu";
import { INIT_LIST_HEAD, list_add_tail, list_empty, list_next } from "../../lib/list";
import { memcmp } from "../../lib/memory";
import { rb_erase, rb_insert_color, rb_link_node } from "../../lib/rbtree";
import { __kmalloc } from "../../mm/kmalloc";
import { list_del_rcu } from "./rculist";

@inline
function hw_addr(link: usize): netdev_hw_addr {
  return changetype<netdev_hw_addr>(link - offsetof_netdev_hw_addr_list);
}

@inline
function of_node(node: usize): netdev_hw_addr {
  return changetype<netdev_hw_addr>(node - offsetof_netdev_hw_addr_node);
}

@inline
function head_of(list: netdev_hw_addr_list): usize {
  return changetype<usize>(list.list);
}

@inline
export function netdev_hw_addr_list_first(list: netdev_hw_addr_list): netdev_hw_addr {
  return hw_addr(list_next(head_of(list)));
}

/** Orders by address, then by type; type 0 is any. */
function compare(addr: usize, len: u32, type: u32, ha: netdev_hw_addr): i32 {
  const diff = memcmp(addr, ha.addr, len);
  return diff || type == 0 ? diff : <i32>type - <i32>ha.type;
}

/** The entry of an address and type, or null. */
function lookup(list: netdev_hw_addr_list, addr: usize, len: u32, type: u32): netdev_hw_addr {
  let node = list.tree.rb_node;
  while (node) {
    const diff = compare(addr, len, type, of_node(node));
    if (diff == 0) return of_node(node);
    node = diff < 0 ? changetype<rb_node>(node).rb_left : changetype<rb_node>(node).rb_right;
  }
  return changetype<netdev_hw_addr>(0);
}

/** Puts an entry that is not in the tree into it. False if its address is there already. */
export function __hw_addr_insert(list: netdev_hw_addr_list, ha: netdev_hw_addr, len: u32): bool {
  let link = changetype<usize>(list.tree);
  let parent: usize = 0;
  for (let node = load<usize>(link); node; node = load<usize>(link)) {
    const diff = compare(ha.addr, len, ha.type, of_node(node));
    if (diff == 0) return false;
    parent = node;
    link = node + (diff < 0 ? offsetof_rb_node_rb_left : offsetof_rb_node_rb_right);
  }
  const own = changetype<usize>(ha.node);
  rb_link_node(own, parent, link);
  rb_insert_color(own, changetype<usize>(list.tree));
  return true;
}

export function __hw_addr_remove_node(list: netdev_hw_addr_list, ha: netdev_hw_addr): void {
  rb_erase(changetype<usize>(ha.node), changetype<usize>(list.tree));
}

/** What an address is added for, besides being counted. */
export const PLAIN: u32 = 0;
export const GLOBAL: u32 = 1;
export const SYNC: u32 = 2;
export const EXCLUSIVE: u32 = 4;

/** Another user of an address that is there. */
function add_user(ha: netdev_hw_addr, how: u32, sync_count: i32): i32 {
  if (how & EXCLUSIVE) return -EEXIST;
  if (how & GLOBAL) {
    if (ha.global_use) return 0;
    ha.global_use = true;
  }
  if (how & SYNC) {
    if (ha.synced && sync_count) return -EEXIST;
    ha.synced += 1;
  }
  ha.refcount += 1;
  return 0;
}

/** Adds an address or a user of it. 0, -EEXIST, -EINVAL, -ENOMEM. */
export function __hw_addr_add_ex(
  list: netdev_hw_addr_list,
  addr: usize,
  len: u32,
  type: u32,
  how: u32,
  sync_count: i32,
): i32 {
  if (len > MAX_ADDR_LEN) return -EINVAL;
  const known = lookup(list, addr, len, type);
  if (changetype<usize>(known) != 0) return add_user(known, how, sync_count);
  const ha = changetype<netdev_hw_addr>(__kmalloc(max(sizeof_netdev_hw_addr, L1_CACHE_BYTES), GFP_ATOMIC));
  if (changetype<usize>(ha) == 0) return -ENOMEM;
  memory.copy(ha.addr, addr, len);
  ha.type = <u8>type;
  ha.refcount = 1;
  ha.global_use = (how & GLOBAL) != 0;
  ha.synced = how & SYNC ? 1 : 0;
  ha.sync_cnt = 0;
  __hw_addr_insert(list, ha, len);
  list_add_tail(changetype<usize>(ha.list), head_of(list));
  list.count += 1;
  return 0;
}

/** Drops a user, and the address with the last one. 0 or -ENOENT. */
function del_entry(list: netdev_hw_addr_list, ha: netdev_hw_addr, how: u32): i32 {
  if (how & GLOBAL && !ha.global_use) return -ENOENT;
  if (how & SYNC && !ha.synced) return -ENOENT;
  if (how & GLOBAL) ha.global_use = false;
  if (how & SYNC) ha.synced -= 1;
  ha.refcount -= 1;
  if (ha.refcount) return 0;
  __hw_addr_remove_node(list, ha);
  unlink(list, ha);
  return 0;
}

function unlink(list: netdev_hw_addr_list, ha: netdev_hw_addr): void {
  list_del_rcu(changetype<usize>(ha.list));
  list.count -= 1;
  kvfree_call_rcu(changetype<usize>(ha.callback_head), offsetof_netdev_hw_addr_callback_head);
}

/** Drops a user of an address. 0 or -ENOENT. */
export function __hw_addr_del_ex(list: netdev_hw_addr_list, addr: usize, len: u32, type: u32, how: u32): i32 {
  const ha = lookup(list, addr, len, type);
  return changetype<usize>(ha) != 0 ? del_entry(list, ha, how) : -ENOENT;
}

function sync_one(to: netdev_hw_addr_list, ha: netdev_hw_addr, len: u32): i32 {
  const err = __hw_addr_add_ex(to, ha.addr, len, ha.type, SYNC, ha.sync_cnt);
  if (err) return err == -EEXIST ? 0 : err;
  ha.sync_cnt += 1;
  ha.refcount += 1;
  return 0;
}

function unsync_one(to: netdev_hw_addr_list, from: netdev_hw_addr_list, ha: netdev_hw_addr, len: u32): void {
  if (__hw_addr_del_ex(to, ha.addr, len, ha.type, SYNC)) return;
  ha.sync_cnt -= 1;
  del_entry(from, ha, PLAIN);
}

/** As __hw_addr_sync where addresses go to several lists. */
export function __hw_addr_sync_multiple(to: netdev_hw_addr_list, from: netdev_hw_addr_list, len: i32): i32 {
  const head = head_of(from);
  for (let link = list_next(head), next = list_next(link); link != head; link = next, next = list_next(link)) {
    const ha = hw_addr(link);
    if (ha.sync_cnt == ha.refcount) {
      unsync_one(to, from, ha, len);
    } else {
      const err = sync_one(to, ha, len);
      if (err) return err;
    }
  }
  return 0;
}

/** linux/netdevice.h. Hands new addresses of `from` down to `to`, and takes back those whose last user went; `to`
 *  must be the only list they go to. 0 or an errno. Context: any, both lists locked. */
export function __hw_addr_sync(to: netdev_hw_addr_list, from: netdev_hw_addr_list, len: i32): i32 {
  const head = head_of(from);
  for (let link = list_next(head), next = list_next(link); link != head; link = next, next = list_next(link)) {
    const ha = hw_addr(link);
    if (ha.sync_cnt == 0) {
      const err = sync_one(to, ha, len);
      if (err) return err;
    } else if (ha.refcount == 1) {
      unsync_one(to, from, ha, len);
    }
  }
  return 0;
}

/** linux/netdevice.h. Takes back what __hw_addr_sync handed from `from` to `to`. Context: any, both lists locked. */
export function __hw_addr_unsync(to: netdev_hw_addr_list, from: netdev_hw_addr_list, len: i32): void {
  const head = head_of(from);
  for (let link = list_next(head), next = list_next(link); link != head; link = next, next = list_next(link)) {
    const ha = hw_addr(link);
    if (ha.sync_cnt) unsync_one(to, from, ha, len);
  }
}

/** linux/netdevice.h. Tells a device what changed: unsync(dev, addr) for addresses without users (null: just forget
 *  them), sync(dev, addr) for new ones, each a function that answers 0 or an errno. 0 or the errno of sync. Context:
 *  any, the list locked. */
export function __hw_addr_sync_dev(list: netdev_hw_addr_list, dev: net_device, sync: u32, unsync: u32): i32 {
  const head = head_of(list);
  for (let link = list_next(head), next = list_next(link); link != head; link = next, next = list_next(link)) {
    const ha = hw_addr(link);
    if (ha.sync_cnt == 0 || ha.refcount != 1) continue;
    if (unsync && call_indirect<i32>(unsync, changetype<usize>(dev), ha.addr)) continue;
    ha.sync_cnt -= 1;
    del_entry(list, ha, PLAIN);
  }
  for (let link = list_next(head), next = list_next(link); link != head; link = next, next = list_next(link)) {
    const ha = hw_addr(link);
    if (ha.sync_cnt) continue;
    const err = call_indirect<i32>(sync, changetype<usize>(dev), ha.addr);
    if (err) return err;
    ha.sync_cnt += 1;
    ha.refcount += 1;
  }
  return 0;
}

/** linux/netdevice.h. Takes back from a device what __hw_addr_sync_dev told it; unsync may be null. Context: any,
 *  the list locked. */
export function __hw_addr_unsync_dev(list: netdev_hw_addr_list, dev: net_device, unsync: u32): void {
  const head = head_of(list);
  for (let link = list_next(head), next = list_next(link); link != head; link = next, next = list_next(link)) {
    const ha = hw_addr(link);
    if (ha.sync_cnt == 0) continue;
    if (unsync && call_indirect<i32>(unsync, changetype<usize>(dev), ha.addr)) continue;
    ha.sync_cnt -= 1;
    del_entry(list, ha, PLAIN);
  }
}

/** linux/netdevice.h. Makes an empty list. Context: any. */
export function __hw_addr_init(list: netdev_hw_addr_list): void {
  INIT_LIST_HEAD(head_of(list));
  list.count = 0;
  list.tree.rb_node = 0;
}

/** Drops all addresses, used or not. */
export function __hw_addr_flush(list: netdev_hw_addr_list): void {
  list.tree.rb_node = 0;
  const head = head_of(list);
  while (!list_empty(head)) unlink(list, hw_addr(list_next(head)));
}
