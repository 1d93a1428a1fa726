// drivers/base/property.c: the properties of firmware nodes, whatever kind of node answers. What a node does not know, its
// secondary node is asked.

import {
  EINVAL,
  ENOENT,
  ENXIO,
  fwnode_handle,
  fwnode_operations,
  fwnode_reference_args,
  sizeof_fwnode_reference_args,
} from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { ERR_PTR, IS_ERR_OR_NULL } from "../../lib/err";
import { to_device } from "./base";

@inline
function ops_of(fwnode: usize): fwnode_operations {
  return changetype<fwnode_operations>(changetype<fwnode_handle>(fwnode).ops);
}

/** The node that is asked when this one has not got the answer. */
@inline
function secondary(fwnode: usize): usize {
  return changetype<fwnode_handle>(fwnode).secondary;
}

function has(fwnode: usize, name: usize): bool {
  if (IS_ERR_OR_NULL(fwnode)) return false;
  const ask = <u32>ops_of(fwnode).property_present;
  return ask != 0 && call_indirect<i32>(ask, fwnode, name) != 0;
}

/** linux/property.h. Whether the node has a property of that name. Context: process. */
export function fwnode_property_present(fwnode: usize, name: usize): bool {
  return has(fwnode, name) || (!IS_ERR_OR_NULL(fwnode) && has(secondary(fwnode), name));
}

function read_ints(fwnode: usize, name: usize, size: u32, values: usize, count: usize): i32 {
  if (IS_ERR_OR_NULL(fwnode)) return -EINVAL;
  const ask = <u32>ops_of(fwnode).property_read_int_array;
  const own = ask ? call_indirect<i32>(ask, fwnode, name, size, values, count) : -ENXIO;
  return own == -EINVAL ? read_ints(secondary(fwnode), name, size, values, count) : own;
}

/** linux/property.h. Reads `count` bytes of a property; with `values` NULL returns how many it has. -EINVAL: it is none,
 *  -ENODATA: it has no value, -EOVERFLOW: it has fewer, -ENXIO: the node has no properties. Context: process. */
export function fwnode_property_read_u8_array(fwnode: usize, name: usize, values: usize, count: usize): i32 {
  return read_ints(fwnode, name, 1, values, count);
}

/** linux/property.h. fwnode_property_read_u8_array() of 16-bit numbers. Context: process. */
export function fwnode_property_read_u16_array(fwnode: usize, name: usize, values: usize, count: usize): i32 {
  return read_ints(fwnode, name, 2, values, count);
}

/** linux/property.h. fwnode_property_read_u8_array() of 32-bit numbers. Context: process. */
export function fwnode_property_read_u32_array(fwnode: usize, name: usize, values: usize, count: usize): i32 {
  return read_ints(fwnode, name, 4, values, count);
}

/** linux/property.h. fwnode_property_read_u8_array() of 64-bit numbers. Context: process. */
export function fwnode_property_read_u64_array(fwnode: usize, name: usize, values: usize, count: usize): i32 {
  return read_ints(fwnode, name, 8, values, count);
}

/** linux/property.h. Reads up to `count` pointers to strings, which belong to the node; returns how many, with `strings` NULL
 *  how many there are. Errors as fwnode_property_read_u8_array(). Context: process. */
export function fwnode_property_read_string_array(fwnode: usize, name: usize, strings: usize, count: usize): i32 {
  if (IS_ERR_OR_NULL(fwnode)) return -EINVAL;
  const ask = <u32>ops_of(fwnode).property_read_string_array;
  const own = ask ? call_indirect<i32>(ask, fwnode, name, strings, count) : -ENXIO;
  return own == -EINVAL ? fwnode_property_read_string_array(secondary(fwnode), name, strings, count) : own;
}

/** linux/property.h. Reads one string; 0 or an error. Context: process. */
export function fwnode_property_read_string(fwnode: usize, name: usize, string: usize): i32 {
  return min(0, fwnode_property_read_string_array(fwnode, name, string, 1));
}

/** linux/property.h. Finds the node that entry `index` of a property refers to, with a reference, and the `nargs` arguments
 *  behind it, or as many as that node's property `nargs_name` says; `args` may be NULL. -ENOENT: there is none, -EINVAL,
 *  -ENXIO. Context: process. */
export function fwnode_property_get_reference_args(
  fwnode: usize,
  name: usize,
  nargs_name: usize,
  nargs: u32,
  index: u32,
  args: usize,
): i32 {
  if (IS_ERR_OR_NULL(fwnode)) return -ENOENT;
  const ask = <u32>ops_of(fwnode).get_reference_args;
  const own = ask ? call_indirect<i32>(ask, fwnode, name, nargs_name, nargs, index, args) : -ENXIO;
  if (!own || IS_ERR_OR_NULL(secondary(fwnode))) return own;
  return fwnode_property_get_reference_args(secondary(fwnode), name, nargs_name, nargs, index, args);
}

/** linux/property.h. The node of a device, or NULL. Context: any. */
export function __dev_fwnode(dev: usize): usize {
  return to_device(dev).fwnode;
}

/** linux/property.h. Drops a reference to a node; NULL is fine. Context: process. */
export function fwnode_handle_put(fwnode: usize): void {
  const put = IS_ERR_OR_NULL(fwnode) ? 0 : <u32>ops_of(fwnode).put;
  if (put) call_indirect<void>(put, fwnode);
}

/** linux/property.h. The node that entry `index` of the property `name` refers to, with a reference, or an error pointer.
 *  Context: process. */
export function fwnode_find_reference(fwnode: usize, name: usize, index: u32): usize {
  const args = stack_alloc(sizeof_fwnode_reference_args);
  const error = fwnode_property_get_reference_args(fwnode, name, 0, 0, index, args);
  const found = changetype<fwnode_reference_args>(args).fwnode;
  stack_free(sizeof_fwnode_reference_args);
  return error ? ERR_PTR(error) : found;
}
