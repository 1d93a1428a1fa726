// %pd, %pD, %pg: names of dentries, files and block devices.

import { block_device, dentry, file, gendisk, path, qstr } from "../../abi";
import { isdigit } from "../ctype";
import { strlen } from "../string";
import { number } from "./number";
import { finish, Out, put, puts } from "./out";
import { bad_pointer, string } from "./string";

@inline
function name_of(d: usize): usize {
  return changetype<qstr>(changetype<dentry>(d).d_name).name;
}

@inline
function parent_of(d: usize): usize {
  return changetype<dentry>(d).d_parent;
}

/** The ancestor of `d` that is `steps` up, or the root. */
function ancestor(d: usize, steps: u32): usize {
  for (; steps && parent_of(d) != d; steps--) d = parent_of(d);
  return d;
}

/** The last `kind` ('2' to '4', else one) components of a dentry's path; the root is "/", alone it is its name. */
export function dentry_name(o: Out, d: usize, kind: u32): void {
  const depth: u32 = kind - 0x32 <= 2 ? kind - 0x30 : 1;
  let steps: u32 = 0;
  for (let at = d; ; steps++) {
    if (bad_pointer(o, at)) return;
    if (steps + 1 == depth || parent_of(at) == at) break;
    at = parent_of(at);
  }
  const begin = o.pos;
  for (let up = steps; ; up--) {
    const at = ancestor(d, up);
    if (!(up == steps && up && parent_of(at) == at)) puts(o, name_of(at));
    if (!up) break;
    put(o, 0x2f);
  }
  finish(o, begin);
}

/** dentry_name() of a struct file's dentry. */
export function file_name(o: Out, f: usize, kind: u32): void {
  if (bad_pointer(o, f)) return;
  dentry_name(o, changetype<path>(changetype<file>(f).f_path).dentry, kind);
}

/** The disk's name and the partition's number, "sda1", "nvme0n1p2". */
export function block_device_name(o: Out, ptr: usize): void {
  if (bad_pointer(o, ptr)) return;
  const bdev = changetype<block_device>(ptr);
  const name = changetype<usize>(changetype<gendisk>(bdev.bd_disk).disk_name);
  string(o, name);
  if (!bdev.bd_partno) return;
  if (isdigit(load<u8>(name + strlen(name) - 1))) put(o, 0x70);
  o.base = 10;
  number(o, bdev.bd_partno);
}
