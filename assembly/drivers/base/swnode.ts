// linux/property.h, drivers/base/swnode.c: firmware nodes that software describes. A driver registers its tables of
// struct software_node; each becomes a fwnode_handle whose ops answer from the table. A node and its property table
// belong to who registered them. Graph endpoints are not answered: their ops are NULL.
//
//   fwnode                    fwnode + sizeof_fwnode_handle
//   ┌──────────────────────┬──────────────────────────────┐
//   │ struct fwnode_handle │ Node: what it was made from  │
//   └──────────────────────┴──────────────────────────────┘

import {
  EEXIST,
  EINVAL,
  ENODATA,
  ENOENT,
  ENOMEM,
  ENXIO,
  EOVERFLOW,
  fwnode_handle,
  fwnode_operations,
  fwnode_reference_args,
  GFP_KERNEL,
  NR_FWNODE_REFERENCE_ARGS,
  offsetof_fwnode_handle_consumers,
  offsetof_fwnode_handle_suppliers,
  offsetof_fwnode_reference_args_args,
  offsetof_software_node_ref_args_args,
  property_entry,
  sizeof_fwnode_handle,
  sizeof_fwnode_operations,
  sizeof_list_head,
  sizeof_property_entry,
  sizeof_software_node,
  sizeof_software_node_ref_args,
  software_node,
  software_node_ref_args,
} from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { ERR_PTR, IS_ERR } from "../../lib/err";
import { kasprintf } from "../../lib/kasprintf";
import { INIT_LIST_HEAD, list_add_tail, list_del, list_next } from "../../lib/list";
import { strcmp } from "../../lib/string";
import { va_block, va_free } from "../../lib/vsprintf";
import { kzalloc } from "../../mm/kmalloc";
import { kfree } from "../../mm/slub";
import { property_entries_dup, property_entries_free, property_value } from "./property_entries";

@unmanaged
class Node {
  /** The struct software_node, and whether it was made for this node. */
  node: usize;
  made: bool;
  /** The fwnode of its parent, or 0. */
  parent: usize;
  references: u32;
  /** That of the table, or "node" and a number, allocated, if it has none. */
  name: usize;
  /** Links all nodes in order of registration. */
  next: usize;
  prev: usize;
}

const nodes = memory.data(<i32>sizeof_list_head, 4);
/** Nodes registered without a name so far. */
const unnamed = memory.data(4, 4);
const ops = memory.data(<i32>sizeof_fwnode_operations, 4);

@inline
function own(fwnode: usize): Node {
  return changetype<Node>(fwnode + sizeof_fwnode_handle);
}

@inline
function link_of(fwnode: usize): usize {
  return fwnode + sizeof_fwnode_handle + offsetof<Node>("next");
}

/** The node at `link` of the list, or 0 at its end. */
@inline
function at_link(link: usize): usize {
  return link == nodes || !link ? 0 : link - offsetof<Node>("next") - sizeof_fwnode_handle;
}

@inline
function first_node(): usize {
  return at_link(list_next(nodes));
}

@inline
function next_node(fwnode: usize): usize {
  return at_link(list_next(link_of(fwnode)));
}

@inline
function table_of(fwnode: usize): software_node {
  return changetype<software_node>(own(fwnode).node);
}

/** Fills the ops at the first registration. */
function init_once(): void {
  if (load<usize>(nodes)) return;
  INIT_LIST_HEAD(nodes);
  const o = changetype<fwnode_operations>(ops);
  o.get_ = software_node_get.index;
  o.put = software_node_put.index;
  o.property_present = software_node_property_present.index;
  o.property_read_int_array = software_node_read_int_array.index;
  o.property_read_string_array = software_node_read_string_array.index;
  o.get_reference_args = software_node_get_reference_args.index;
  o.get_name = software_node_get_name.index;
  o.get_name_prefix = software_node_get_name_prefix.index;
  o.get_parent = software_node_get_parent.index;
  o.get_next_child_node = software_node_get_next_child.index;
  o.get_named_child_node = software_node_get_named_child.index;
}

function software_node_get(fwnode: usize): usize {
  own(fwnode).references += 1;
  return fwnode;
}

function software_node_put(fwnode: usize): void {
  const node = own(fwnode);
  node.references -= 1;
  if (node.references) return;
  list_del(link_of(fwnode));
  const parent = node.parent;
  if (!table_of(fwnode).name) kfree(node.name);
  if (node.made) free_table(node.node);
  kfree(fwnode);
  if (parent) software_node_put(parent);
}

/** A property of the node, or null. */
function find_property(fwnode: usize, name: usize): property_entry | null {
  let entry = table_of(fwnode).properties;
  if (!entry) return null;
  for (; changetype<property_entry>(entry).name; entry += sizeof_property_entry) {
    if (!strcmp(name, changetype<property_entry>(entry).name)) return changetype<property_entry>(entry);
  }
  return null;
}

function software_node_property_present(fwnode: usize, name: usize): bool {
  return find_property(fwnode, name) !== null;
}

/** Copies `length` bytes of a property's value; 0 or an error. */
function copy_value(property: property_entry, target: usize, length: usize): i32 {
  if (!property.length) return -ENODATA;
  if (length > property.length) return -EOVERFLOW;
  memory.copy(target, property_value(property), length);
  return 0;
}

function software_node_read_int_array(fwnode: usize, name: usize, size: u32, values: usize, count: usize): i32 {
  const property = find_property(fwnode, name);
  if (property === null) return -EINVAL;
  if (!values) return property.length / size;
  if (popcnt(size) != 1 || size > 8) return -ENXIO;
  return copy_value(property, values, count * size);
}

function software_node_read_string_array(fwnode: usize, name: usize, strings: usize, count: usize): i32 {
  const property = find_property(fwnode, name);
  if (property === null) return -EINVAL;
  const available = property.length / sizeof<usize>();
  if (!strings) return available;
  const wanted = min<usize>(count, available);
  const error = copy_value(property, strings, wanted * sizeof<usize>());
  return error ? error : <i32>wanted;
}

function software_node_get_reference_args(
  fwnode: usize,
  name: usize,
  nargs_name: usize,
  nargs: u32,
  index: u32,
  args: usize,
): i32 {
  const property = find_property(fwnode, name);
  if (property === null) return -ENOENT;
  if (property.is_inline) return -EINVAL;
  if (index >= property.length / sizeof_software_node_ref_args) return -ENOENT;
  const reference = changetype<software_node_ref_args>(property.pointer + index * sizeof_software_node_ref_args);
  const target = software_node_fwnode(reference.node);
  if (!target) return -ENOENT;
  if (nargs_name) {
    const value = stack_alloc(4);
    const error = software_node_read_int_array(target, nargs_name, 4, value, 1);
    nargs = load<u32>(value);
    stack_free(4);
    if (error) return error;
  }
  if (nargs > NR_FWNODE_REFERENCE_ARGS) return -EINVAL;
  if (!args) return 0;
  const found = changetype<fwnode_reference_args>(args);
  found.fwnode = software_node_get(target);
  found.nargs = nargs;
  memory.copy(
    args + offsetof_fwnode_reference_args_args,
    changetype<usize>(reference) + offsetof_software_node_ref_args_args,
    (<usize>nargs) << 3,
  );
  return 0;
}

function software_node_get_name(fwnode: usize): usize {
  return own(fwnode).name;
}

function software_node_get_name_prefix(fwnode: usize): usize {
  return own(fwnode).parent ? cstr("/") : cstr("");
}

function software_node_get_parent(fwnode: usize): usize {
  const parent = own(fwnode).parent;
  return parent ? software_node_get(parent) : 0;
}

/** The child after `child`, whose reference is given back; the first for 0. */
function software_node_get_next_child(fwnode: usize, child: usize): usize {
  let next = child ? next_node(child) : first_node();
  while (next && own(next).parent != fwnode) next = next_node(next);
  if (next) software_node_get(next);
  if (child) software_node_put(child);
  return next;
}

function software_node_get_named_child(fwnode: usize, name: usize): usize {
  for (let node = first_node(); node; node = next_node(node)) {
    if (own(node).parent == fwnode && !strcmp(name, own(node).name)) return software_node_get(node);
  }
  return 0;
}

/** linux/property.h. Whether a fwnode_handle is a software node. Context: any. */
export function is_software_node(fwnode: usize): bool {
  return fwnode - 1 < <usize>-4096 && changetype<fwnode_handle>(fwnode).ops == ops;
}

/** linux/property.h. The struct software_node behind a fwnode_handle, NULL if it is another's. Context: any. */
export function to_software_node(fwnode: usize): usize {
  return is_software_node(fwnode) ? own(fwnode).node : 0;
}

/** linux/property.h. The fwnode_handle of a registered struct software_node, or NULL. Context: any. */
export function software_node_fwnode(node: usize): usize {
  if (!node || !load<usize>(nodes)) return 0;
  for (let fwnode = first_node(); fwnode; fwnode = next_node(fwnode)) if (own(fwnode).node == node) return fwnode;
  return 0;
}

/** "node0", "node1", …, allocated. */
function number_name(): usize {
  const number = load<u32>(unnamed);
  store<u32>(unnamed, number + 1);
  const name = kasprintf(GFP_KERNEL, cstr("node%u"), va_block(number));
  va_free();
  return name;
}

/** linux/property.h. Registers a struct software_node. -EEXIST if it is, -EINVAL if its parent is not, -ENOMEM.
 *  Context: process. */
export function software_node_register(node: usize): i32 {
  init_once();
  const parent_table = changetype<software_node>(node).parent;
  const parent = software_node_fwnode(parent_table);
  if (software_node_fwnode(node)) return -EEXIST;
  if (parent_table && !parent) return -EINVAL;
  const fwnode = kzalloc(sizeof_fwnode_handle + offsetof<Node>(), GFP_KERNEL);
  if (!fwnode) return -ENOMEM;
  changetype<fwnode_handle>(fwnode).ops = ops;
  INIT_LIST_HEAD(fwnode + offsetof_fwnode_handle_consumers);
  INIT_LIST_HEAD(fwnode + offsetof_fwnode_handle_suppliers);
  const made = own(fwnode);
  made.node = node;
  made.parent = parent;
  made.references = 1;
  made.name = changetype<software_node>(node).name;
  if (!made.name) made.name = number_name();
  if (!made.name) {
    kfree(fwnode);
    return -ENOMEM;
  }
  if (parent) software_node_get(parent);
  list_add_tail(link_of(fwnode), nodes);
  return 0;
}

/** Frees a struct software_node that fwnode_create_software_node made. */
function free_table(node: usize): void {
  property_entries_free(changetype<software_node>(node).properties);
  kfree(node);
}

/** linux/property.h. Makes a node with a copy of a table of properties (NULL: none), below another software node (NULL: at
 *  the top). Returns its fwnode_handle or an ERR_PTR. Context: process. */
export function fwnode_create_software_node(properties: usize, parent: usize): usize {
  if (IS_ERR(parent)) return parent;
  if (parent && !is_software_node(parent)) return ERR_PTR(-EINVAL);
  const copy = property_entries_dup(properties);
  if (IS_ERR(copy)) return copy;
  const node = kzalloc(sizeof_software_node, GFP_KERNEL);
  if (!node) {
    property_entries_free(copy);
    return ERR_PTR(-ENOMEM);
  }
  changetype<software_node>(node).properties = copy;
  changetype<software_node>(node).parent = parent ? own(parent).node : 0;
  const error = software_node_register(node);
  if (error) {
    free_table(node);
    return ERR_PTR(error);
  }
  const fwnode = software_node_fwnode(node);
  own(fwnode).made = true;
  return fwnode;
}

/** linux/property.h. Drops the reference of who made or registered a software node; nothing for a node of another kind.
 *  Context: process. */
export function fwnode_remove_software_node(fwnode: usize): void {
  if (is_software_node(fwnode)) software_node_put(fwnode);
}

/** linux/property.h. Takes a struct software_node out of use; nothing if it was not registered. Context: process. */
export function software_node_unregister(node: usize): void {
  const fwnode = software_node_fwnode(node);
  if (fwnode) software_node_put(fwnode);
}

/** linux/property.h. Registers the array of nodes at `table`, ended by one without a name, parents first; all or none.
 *  Errors as software_node_register(). Context: process. */
export function software_node_register_nodes(table: usize): i32 {
  for (let node = table; changetype<software_node>(node).name; node += sizeof_software_node) {
    const error = software_node_register(node);
    if (!error) continue;
    software_node_unregister_nodes(table);
    return error;
  }
  return 0;
}

/** linux/property.h. Unregisters an array of nodes, children first. Context: process. */
export function software_node_unregister_nodes(table: usize): void {
  let node = table;
  while (changetype<software_node>(node).name) node += sizeof_software_node;
  while (node != table) {
    node -= sizeof_software_node;
    software_node_unregister(node);
  }
}

/** linux/property.h. The struct software_node `name` below `parent` (NULL: at the top), with a reference, or NULL.
 *  Context: process. */
export function software_node_find_by_name(parent: usize, name: usize): usize {
  if (!name || !load<usize>(nodes)) return 0;
  for (let fwnode = first_node(); fwnode; fwnode = next_node(fwnode)) {
    const table = table_of(fwnode);
    if (table.parent != parent || !table.name || strcmp(name, table.name)) continue;
    software_node_get(fwnode);
    return changetype<usize>(table);
  }
  return 0;
}
