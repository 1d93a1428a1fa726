// What stands where a function of a module is not, or is no more.

/** For a weak symbol that nothing defines. */
export function absent(name: string): () => never {
  return () => {
    throw new WebAssembly.RuntimeError(`call of weak symbol ${name}, which nothing defines`);
  };
}

/** For the tombstones of an unloaded module, which call it with their slot. */
export function stale(module: string, nameOf: (slot: number) => string | undefined): (slot: number) => never {
  return (slot) => {
    throw new WebAssembly.RuntimeError(`call of ${nameOf(slot)} in module ${module}, which was unloaded`);
  };
}
