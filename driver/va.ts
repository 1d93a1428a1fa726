// A variadic call's arguments, as C has them on wasm32: on the shadow stack, in slots of four bytes, eight-byte values at
// multiples of eight. The build turns `pr_info("%d %s\n", n, "text")` into
// `printk(cstr("\x016%d %s\n"), __va2(n, cstr("text"))), __va_end(16)`.

@external("env", "__stack_pointer") declare let __stack_pointer: usize;

@inline
function put<T>(at: usize, value: T): usize {
  if (sizeof<T>() == 8) {
    const aligned = (at + 7) & ~7;
    store<T>(aligned, value);
    return aligned + 8;
  }
  if (isReference<T>()) store<usize>(at, changetype<usize>(value));
  else store<u32>(at, <u32>value);
  return at + 4;
}

@inline
function begin(bytes: usize): usize {
  __stack_pointer -= bytes;
  return __stack_pointer;
}

@global
@inline
export function __va_end(bytes: usize): void {
  __stack_pointer += bytes;
}

@global
@inline
export function __va1<A>(a: A): usize {
  const va = begin(16);
  put<A>(va, a);
  return va;
}

@global
@inline
export function __va2<A, B>(a: A, b: B): usize {
  const va = begin(16);
  put<B>(put<A>(va, a), b);
  return va;
}

@global
@inline
export function __va3<A, B, C>(a: A, b: B, c: C): usize {
  const va = begin(32);
  put<C>(put<B>(put<A>(va, a), b), c);
  return va;
}

@global
@inline
export function __va4<A, B, C, D>(a: A, b: B, c: C, d: D): usize {
  const va = begin(32);
  put<D>(put<C>(put<B>(put<A>(va, a), b), c), d);
  return va;
}

@global
@inline
export function __va5<A, B, C, D, E>(a: A, b: B, c: C, d: D, e: E): usize {
  const va = begin(48);
  put<E>(put<D>(put<C>(put<B>(put<A>(va, a), b), c), d), e);
  return va;
}

@global
@inline
export function __va6<A, B, C, D, E, F>(a: A, b: B, c: C, d: D, e: E, f: F): usize {
  const va = begin(48);
  put<F>(put<E>(put<D>(put<C>(put<B>(put<A>(va, a), b), c), d), e), f);
  return va;
}
