// Addresses in the log: hashed with a key of this boot (%p), so that they identify but do not leak; as they are (%px);
// or hidden (%pK).

import { IS_ERR_OR_NULL } from "../err";
import { get_random_bytes } from "../random";
import { siphash_1u32 } from "../siphash";
import { number_as } from "./number";
import { Out, SMALL, ZEROPAD } from "./out";

@unmanaged
class HashState {
  key0: u64;
  key1: u64;
  /** Set once the key holds random bytes: at the first use. */
  filled: bool;
}

const state = changetype<HashState>(memory.data(offsetof<HashState>(), 8));

/** linux/kernel.h. `bool no_hash_pointers`: %p prints addresses as they are. */
export const no_hash_pointers: usize = memory.data(4, 4);

/** linux/kernel.h. `int kptr_restrict`: 0 hashes %pK as %p, any other value prints zeros for it. */
export const kptr_restrict: usize = memory.data(4, 4);

function hash(ptr: usize): u32 {
  if (!state.filled) {
    get_random_bytes(changetype<usize>(state), 16);
    state.filled = true;
  }
  return <u32>siphash_1u32(<u32>ptr, changetype<usize>(state));
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
  pointer_string(o, load<u8>(no_hash_pointers) || IS_ERR_OR_NULL(ptr) ? ptr : hash(ptr));
}

/** %pK */
export function restricted_pointer(o: Out, ptr: usize): void {
  if (load<i32>(kptr_restrict) == 0) default_pointer(o, ptr);
  else pointer_string(o, 0);
}
