// Addresses in the log: hashed with a key of this boot (%p), so that they identify but do not leak; as they are (%px);
// or hidden (%pK).

import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { IS_ERR_OR_NULL } from "../err";
import { get_random_bytes } from "../random";
import { siphash_1u32 } from "../siphash";
import { EBUSY } from "../../abi";
import { number_as } from "./number";
import { Out, SMALL, ZEROPAD } from "./out";
import { error_string } from "./string";

@unmanaged
class HashState {
  key0: u64;
  key1: u64;
  /** Set once the key holds random bytes. */
  filled: bool;
}

const state = changetype<HashState>(memory.data(offsetof<HashState>(), 8));

/** linux/kernel.h. `bool no_hash_pointers`: %p prints addresses as they are. */
export const no_hash_pointers: usize = memory.data(4, 4);

/** linux/kernel.h. `int kptr_restrict`: 0 hashes %pK as %p, any other value prints zeros for it. */
export const kptr_restrict: usize = memory.data(4, 4);

/** Draws the key; until then %p prints "(ptrval)". */
export function vsprintf_init(): void {
  get_random_bytes(changetype<usize>(state), 16);
  state.filled = true;
}

/** linux/printk.h. The number that %p prints for `ptr`, in `*hash`; -EBUSY before there is a key. Context: any. */
export function ptr_to_hashval(ptr: usize, hash: usize): i32 {
  if (!state.filled) return -EBUSY;
  store<u32>(hash, <u32>siphash_1u32(<u32>ptr, changetype<usize>(state)));
  return 0;
}

/** %px */
export function pointer_string(o: Out, ptr: usize): void {
  let flags = o.flags | SMALL;
  let width = o.width;
  if (width == -1) {
    width = 2 * sizeof<usize>();
    flags |= ZEROPAD;
  }
  number_as(o, ptr, 16, flags, width, o.precision);
}

/** %p. NULL and error pointers are no addresses: they stay readable. */
export function default_pointer(o: Out, ptr: usize): void {
  if (load<u8>(no_hash_pointers) || IS_ERR_OR_NULL(ptr)) {
    pointer_string(o, ptr);
    return;
  }
  const hash = stack_alloc(16);
  if (ptr_to_hashval(ptr, hash) == 0) {
    pointer_string(o, load<u32>(hash));
  } else {
    o.width = 2 * sizeof<usize>();
    error_string(o, cstr("(ptrval)"));
  }
  stack_free(16);
}

/** %pK */
export function restricted_pointer(o: Out, ptr: usize): void {
  if (load<i32>(kptr_restrict) == 0) default_pointer(o, ptr);
  else pointer_string(o, 0);
}
