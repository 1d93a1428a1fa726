// kernel/params.c and kernel/module/sysfs.c: /sys/module/<name>: what the module is, and its parameters.

import {
  EIO,
  ENOMEM,
  EPERM,
  GFP_KERNEL,
  MODULE_STATE_COMING,
  MODULE_STATE_GOING,
  attribute,
  attribute_group,
  kernel_param,
  kernel_param_ops,
  kobj_type,
  module_,
  offsetof_module_mkobj,
  sizeof_attribute,
  sizeof_attribute_group,
  sizeof_kernel_param,
  sizeof_kobj_type,
  sizeof_sysfs_ops,
  sysfs_ops,
} from "../../abi";
import { emit_line } from "../../drivers/base/attr";
import { sysfs_create_group } from "../../fs/sysfs/group";
import {
  kobject_add,
  kobject_del,
  kobject_init,
  kobject_name_set,
  kobject_put,
  kset_create_and_add,
  to_kobject,
} from "../../lib/kobject";
import { kfree, kzalloc } from "../../mm/slub";
import { param_check_unsafe } from "../params";
import { kernel_param_lock, kernel_param_unlock } from "../params_lock";
import { module_flags_taint } from "../taint";
import { module_refcount } from "./refs";

/** The files that every module has; a file's place here is what show_module() goes by. */
const FILES: u32 = 4;
const files = memory.data(4 * sizeof_attribute, 4);
const list = memory.data(5 * 4, 4);
const group = memory.data(sizeof_attribute_group, 4);
const groups = memory.data(2 * 4, 4);
const ktype = memory.data(sizeof_kobj_type, 4);
const operations = memory.data(sizeof_sysfs_ops, 4);
/** kset /sys/module. */
const module_kset = memory.data(4, 4);

/** The file of a parameter. */
@unmanaged
class ParamFile {
  name: usize;
  mode: u32;
  param: usize;
}

function set_file(index: u32, name: usize): void {
  const attr = files + index * sizeof_attribute;
  changetype<attribute>(attr).name = name;
  changetype<attribute>(attr).mode = 0o444;
  store<usize>(list + index * sizeof<usize>(), attr);
}

/** Makes /sys/module; before the first module. */
export function module_sysfs_init(): void {
  set_file(0, cstr("coresize"));
  set_file(1, cstr("initstate"));
  set_file(2, cstr("refcnt"));
  set_file(3, cstr("taint"));
  changetype<attribute_group>(group).attrs = list;
  store<usize>(groups, group);
  changetype<sysfs_ops>(operations).show = module_attr_show.index;
  changetype<sysfs_ops>(operations).store = module_attr_store.index;
  changetype<kobj_type>(ktype).release = module_kobj_release.index;
  changetype<kobj_type>(ktype).sysfs_ops = operations;
  changetype<kobj_type>(ktype).default_groups = groups;
  store<usize>(module_kset, kset_create_and_add(cstr("module"), 0, 0));
}

function show_module(record: module_, index: u32, buf: usize): i32 {
  const state = <u32>record.state;
  if (index == 0) return emit_line(buf, cstr("%u\n"), record.core_layout.size + record.core_layout.text_size);
  if (index == 1 && state == MODULE_STATE_COMING) return emit_line(buf, cstr("coming\n"));
  if (index == 1) return emit_line(buf, state == MODULE_STATE_GOING ? cstr("going\n") : cstr("live\n"));
  if (index == 2) return emit_line(buf, cstr("%d\n"), module_refcount(changetype<usize>(record)));
  const length = module_flags_taint(record.taints, buf);
  store<u8>(buf + length, 0x0a);
  return length + 1;
}

function module_attr_show(kobj: usize, attr: usize, buf: usize): i32 {
  if (attr - files < FILES * sizeof_attribute) {
    return show_module(changetype<module_>(kobj_to_module(kobj)), <u32>((attr - files) / sizeof_attribute), buf);
  }
  const param = changetype<ParamFile>(attr).param;
  const get = <u32>changetype<kernel_param_ops>(changetype<kernel_param>(param).ops).get_;
  if (!get) return -EPERM;
  kernel_param_lock(0);
  const length = call_indirect<i32>(get, buf, param);
  kernel_param_unlock(0);
  return length;
}

function module_attr_store(kobj: usize, attr: usize, buf: usize, count: usize): i32 {
  if (attr - files < FILES * sizeof_attribute) return -EIO;
  const param = changetype<kernel_param>(changetype<ParamFile>(attr).param);
  const set = <u32>changetype<kernel_param_ops>(param.ops).set_;
  if (!set) return -EPERM;
  kernel_param_lock(0);
  param_check_unsafe(param);
  const error = call_indirect<i32>(set, buf, changetype<usize>(param));
  kernel_param_unlock(0);
  return error ? error : <i32>count;
}

@inline
function kobj_to_module(kobj: usize): usize {
  return kobj - offsetof_module_mkobj; // the kobject is the first member of mkobj
}

/** The files of the parameters that have a permission, as a group called "parameters". 0 or an error. */
function add_parameters(record: module_, kobj: usize): i32 {
  let visible: u32 = 0;
  for (let i: u32 = 0; i < record.num_kp; i++) if (param_at(record, i).perm) visible++;
  if (!visible) return 0;
  const head = sizeof_attribute_group + (visible + 1) * sizeof<usize>();
  const block = kzalloc(head + visible * offsetof<ParamFile>(), GFP_KERNEL);
  if (!block) return -ENOMEM;
  const own = changetype<attribute_group>(block);
  own.name = cstr("parameters");
  own.attrs = block + sizeof_attribute_group;
  let slot = own.attrs;
  let file = block + head;
  for (let i: u32 = 0; i < record.num_kp; i++) {
    const param = param_at(record, i);
    if (!param.perm) continue;
    changetype<ParamFile>(file).name = param.name;
    changetype<ParamFile>(file).mode = param.perm;
    changetype<ParamFile>(file).param = changetype<usize>(param);
    store<usize>(slot, file);
    slot += sizeof<usize>();
    file += offsetof<ParamFile>();
  }
  record.mkobj.mp = block;
  return sysfs_create_group(kobj, block);
}

@inline
function param_at(record: module_, index: u32): kernel_param {
  return changetype<kernel_param>(record.kp + index * sizeof_kernel_param);
}

/** Makes /sys/module/<name>. 0 or an error; mod_sysfs_teardown undoes what was done until then. */
export function mod_sysfs_setup(mod: usize): i32 {
  const record = changetype<module_>(mod);
  const kobj = mod + offsetof_module_mkobj;
  record.mkobj.mod = mod;
  kobject_init(kobj, ktype);
  to_kobject(kobj).kset = load<usize>(module_kset);
  const error = kobject_name_set(kobj, record.name) || kobject_add(kobj, 0, 0, 0);
  return error ? error : add_parameters(record, kobj);
}

/** Takes /sys/module/<name> away, once nobody reads or writes there. */
export function mod_sysfs_teardown(mod: usize): void {
  const kobj = mod + offsetof_module_mkobj;
  if (to_kobject(kobj).state_in_sysfs) kobject_del(kobj);
  kobject_put(kobj);
}

function module_kobj_release(kobj: usize): void {
  const record = changetype<module_>(kobj_to_module(kobj));
  kfree(record.mkobj.mp);
  record.mkobj.mp = 0;
}
