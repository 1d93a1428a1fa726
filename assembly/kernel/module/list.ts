// kernel/module/main.c, the list of loaded modules, and who uses whom.

import {
  GFP_KERNEL,
  module_,
  module_use,
  offsetof_module_list,
  offsetof_module_use_source_list,
  offsetof_module_use_target_list,
  sizeof_module_use,
} from "../../abi";
import { INIT_LIST_HEAD, list_add, list_del, list_next } from "../../lib/list";
import { strcmp } from "../../lib/string";
import { kfree, kmalloc } from "../../mm/slub";
import { module_notify_init } from "./notify";
import { module_ref_dec, module_ref_inc } from "./refs";

const modules = memory.data(8, 4);

export function modules_init(): void {
  INIT_LIST_HEAD(modules);
  module_notify_init();
}

@inline
function module_at(entry: usize): usize {
  return entry == modules || !entry ? 0 : entry - offsetof_module_list; // 0: before modules_init
}

/** The module loaded last; 0 if none. Walk on with module_next. */
export function module_first(): usize {
  return module_at(list_next(modules));
}

export function module_next(mod: usize): usize {
  return module_at(list_next(mod + offsetof_module_list));
}

export function module_add(mod: usize): void {
  list_add(mod + offsetof_module_list, modules);
}

export function module_remove(mod: usize): void {
  list_del(mod + offsetof_module_list);
}

/** The loaded module of that name (a C string), 0 if there is none. */
export function find_module(name: usize): usize {
  for (let mod = module_first(); mod; mod = module_next(mod)) {
    if (strcmp(changetype<module_>(mod).name, name) == 0) return mod;
  }
  return 0;
}

@inline
function source_list(mod: usize): usize {
  return changetype<usize>(changetype<module_>(mod).source_list);
}

@inline
function target_list(mod: usize): usize {
  return changetype<usize>(changetype<module_>(mod).target_list);
}

export function module_uses_init(mod: usize): void {
  INIT_LIST_HEAD(source_list(mod));
  INIT_LIST_HEAD(target_list(mod));
}

/** The first module_use entry of those who use `mod`; 0 if nobody does. Walk on with module_next_user. */
export function module_first_user(mod: usize): usize {
  return use_at(mod, list_next(source_list(mod)));
}

export function module_next_user(mod: usize, use: usize): usize {
  return use_at(mod, list_next(use + offsetof_module_use_source_list));
}

@inline
function use_at(mod: usize, entry: usize): usize {
  return entry == source_list(mod) ? 0 : entry - offsetof_module_use_source_list;
}

/** Notes that `user` links to symbols of `used`, which then cannot be unloaded; false without memory. */
export function module_use_add(user: usize, used: usize): bool {
  const use = kmalloc(sizeof_module_use, GFP_KERNEL);
  if (!use) return false;
  const record = changetype<module_use>(use);
  record.source = user;
  record.target = used;
  list_add(changetype<usize>(record.source_list), source_list(used));
  list_add(changetype<usize>(record.target_list), target_list(user));
  module_ref_inc(used);
  return true;
}

/** Drops all that `user` uses. */
export function module_uses_drop(user: usize): void {
  const head = target_list(user);
  while (list_next(head) != head) {
    const use = list_next(head) - offsetof_module_use_target_list;
    const record = changetype<module_use>(use);
    list_del(changetype<usize>(record.source_list));
    list_del(changetype<usize>(record.target_list));
    module_ref_dec(record.target);
    kfree(use);
  }
}
