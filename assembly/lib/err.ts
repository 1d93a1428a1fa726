// linux/err.h: an error number inside a pointer, the last 4095 addresses.

const MAX_ERRNO: usize = 4095;

@inline
export function ERR_PTR(error: i32): usize {
  return <usize>error;
}

@inline
export function PTR_ERR(ptr: usize): i32 {
  return <i32>ptr;
}

@inline
export function IS_ERR(ptr: usize): bool {
  return ptr >= <usize>-MAX_ERRNO;
}

@inline
export function IS_ERR_OR_NULL(ptr: usize): bool {
  return ptr == 0 || IS_ERR(ptr);
}
