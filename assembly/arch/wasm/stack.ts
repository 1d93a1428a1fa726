// The C shadow stack. Clang keeps what has an address on a stack in linear memory, whose pointer is the mutable
// global `__stack_pointer` that core and modules import. It belongs to the task: the switch saves and restores it.

@external("env", "__stack_pointer") declare let __stack_pointer: usize;

@inline
export function stack_pointer(): usize {
  return __stack_pointer;
}

@inline
export function set_stack_pointer(sp: usize): void {
  __stack_pointer = sp;
}

/** Takes `bytes` (a multiple of 16) from the shadow stack; give them back with `stack_free`. */
@inline
export function stack_alloc(bytes: usize): usize {
  __stack_pointer -= bytes;
  return __stack_pointer;
}

@inline
export function stack_free(bytes: usize): void {
  __stack_pointer += bytes;
}
