// %pfw: a firmware node: its path from the root (f, the default) or its own name (P). Nodes are asked through their
// ops.

import { fwnode_handle, fwnode_operations } from "../../abi";
import { Out, widen } from "./out";
import { bad_pointer, error_string, unreadable } from "./string";
import { put, puts } from "./out";

@inline
function ops_of(node: usize): fwnode_operations {
  return changetype<fwnode_operations>(changetype<fwnode_handle>(node).ops);
}

/** The parent with a reference taken, or NULL. */
function get_parent(node: usize): usize {
  const ops = ops_of(node);
  if (!changetype<usize>(ops) || !ops.get_parent) return 0;
  return call_indirect<usize>(<u32>ops.get_parent, node);
}

function put_node(node: usize): void {
  const ops = ops_of(node);
  if (changetype<usize>(ops) && ops.put) call_indirect<void>(<u32>ops.put, node);
}

/** A string that one of the ops gives for `node`. */
function put_answer(o: Out, op: usize, node: usize): void {
  const text = op ? call_indirect<usize>(<u32>op, node) : 0;
  puts(o, unreadable(text) ? cstr("(null)") : text);
}

/** Writes the path from the root down to `node`. */
function put_full_name(o: Out, node: usize): void {
  const parent = get_parent(node);
  if (parent) {
    put_full_name(o, parent);
    put_node(parent);
  }
  const ops = ops_of(node);
  const known = changetype<usize>(ops) != 0;
  put_answer(o, known ? ops.get_name_prefix : 0, node);
  put_answer(o, known ? ops.get_name : 0, node);
}

/** `fmt` points at the 'f'. */
export function fwnode_string(o: Out, node: usize, fmt: usize): void {
  if (load<u8>(fmt, 1) != 0x77) {
    error_string(o, cstr("(%pf?)"));
    return;
  }
  if (bad_pointer(o, node)) return;
  const begin = o.pos;
  const ops = ops_of(node);
  if (load<u8>(fmt, 2) == 0x50) put_answer(o, changetype<usize>(ops) ? ops.get_name : 0, node);
  else put_full_name(o, node);
  widen(o, <i32>(o.pos - begin));
}
