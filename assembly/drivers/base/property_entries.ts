// drivers/base/swnode.c: tables of struct property_entry that are copied, with all that they point to.

import {
  DEV_PROP_REF,
  DEV_PROP_STRING,
  EINVAL,
  ENODATA,
  ENOMEM,
  GFP_KERNEL,
  offsetof_property_entry_value,
  property_entry,
  sizeof_property_entry,
} from "../../abi";
import { ERR_PTR } from "../../lib/err";
import { kfree, kmalloc, kzalloc } from "../../mm/slub";
import { kstrdup } from "../../mm/util";

/** What an entry can hold without a pointer. */
const INLINE_BYTES: usize = 8;

/** Where the entry's value is. */
@inline
export function property_value(entry: property_entry): usize {
  return entry.is_inline ? changetype<usize>(entry) + offsetof_property_entry_value : entry.pointer;
}

function free_data(entry: property_entry): void {
  if (<u32>entry.type == DEV_PROP_STRING) {
    const strings = property_value(entry);
    for (let at: usize = 0; at < entry.length; at += sizeof<usize>()) kfree(load<usize>(strings + at));
  }
  if (!entry.is_inline) kfree(entry.pointer);
  kfree(entry.name);
}

/** Copies the strings of the array in place: 0, or -ENOMEM and none. */
function copy_strings(strings: usize, length: usize): i32 {
  for (let at: usize = 0; at < length; at += sizeof<usize>()) {
    const from = load<usize>(strings + at);
    const copy = kstrdup(from, GFP_KERNEL);
    store<usize>(strings + at, copy);
    if (copy || !from) continue;
    while (at) {
      at -= sizeof<usize>();
      kfree(load<usize>(strings + at));
    }
    return -ENOMEM;
  }
  return 0;
}

/** Fills `to`, which is zeroed. 0 or an error, then it holds nothing. */
function copy_entry(to: property_entry, from: property_entry): i32 {
  const length = from.length;
  if (!from.is_inline && !length) return -ENODATA;
  if (<u32>from.type == DEV_PROP_REF && from.is_inline) return -EINVAL;
  to.is_inline = length <= INLINE_BYTES;
  if (!to.is_inline) {
    to.pointer = kmalloc(length, GFP_KERNEL);
    if (!to.pointer) return -ENOMEM;
  }
  const value = property_value(to);
  memory.copy(value, property_value(from), length);
  const error = <u32>from.type == DEV_PROP_STRING ? copy_strings(value, length) : 0;
  if (error) {
    if (!to.is_inline) kfree(to.pointer);
    return error;
  }
  to.length = length;
  to.type = from.type;
  to.name = kstrdup(from.name, GFP_KERNEL);
  if (to.name) return 0;
  free_data(to);
  return -ENOMEM;
}

/** linux/property.h. A copy of a table of properties, ended by an entry without a name, and of their values; NULL of NULL.
 *  ERR_PTR: -ENOMEM, -ENODATA of an entry without a value, -EINVAL of a reference within the entry. Context: process. */
export function property_entries_dup(properties: usize): usize {
  if (!properties) return 0;
  let end = properties;
  while (changetype<property_entry>(end).name) end += sizeof_property_entry;
  const copy = kzalloc(end - properties + sizeof_property_entry, GFP_KERNEL);
  if (!copy) return ERR_PTR(-ENOMEM);
  for (let at: usize = 0; properties + at < end; at += sizeof_property_entry) {
    const error = copy_entry(changetype<property_entry>(copy + at), changetype<property_entry>(properties + at));
    if (!error) continue;
    memory.fill(copy + at, 0, sizeof_property_entry);
    property_entries_free(copy);
    return ERR_PTR(error);
  }
  return copy;
}

/** linux/property.h. Frees what property_entries_dup returned. Context: process. */
export function property_entries_free(properties: usize): void {
  if (!properties) return;
  for (let entry = properties; changetype<property_entry>(entry).name; entry += sizeof_property_entry) {
    free_data(changetype<property_entry>(entry));
  }
  kfree(properties);
}
