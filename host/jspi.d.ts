// JavaScript Promise Integration, which TypeScript's own WebAssembly types do not have yet.
declare namespace WebAssembly {
  /** An import that may suspend the wasm stack that calls it, by returning a promise. */
  var Suspending: new (callback: (...args: never[]) => unknown) => WebAssembly.ImportValue & Function;
  /** An export whose wasm stack may be suspended: it runs on one of its own and returns a promise. */
  function promising<Args extends unknown[], R>(callback: (...args: Args) => R): (...args: Args) => Promise<R>;
}
