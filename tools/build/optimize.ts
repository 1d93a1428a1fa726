// The image as asc generates it, made small by binaryen. What has to be fast says so in its source (@inline); what is
// called there is called in the image.

import binaryen from "./binaryen.ts";

/** What asc generates and every engine takes, wasm2c among them. */
const { Atomics, BulkMemory, BulkMemoryOpt, MutableGlobals, NontrappingFPToInt, SignExt } = binaryen.Features;
const FEATURES = Atomics | BulkMemory | BulkMemoryOpt | MutableGlobals | NontrappingFPToInt | SignExt;

export function optimize(image: Uint8Array): Uint8Array {
  const module = binaryen.readBinaryWithFeatures(image, FEATURES);
  try {
    binaryen.setDebugInfo(true);
    binaryen.setOptimizeLevel(2);
    binaryen.setShrinkLevel(2);
    binaryen.setZeroFilledMemory(true);
    // The null page: nothing lies there, so a constant may move from an address into the offset of a load.
    binaryen.setLowMemoryUnused(true);
    // A large function with one caller stays on its own: backtraces name it, and the image gets no smaller.
    binaryen.setOneCallerInlineMaxSize(80);
    // A value that is kept for a second use costs more, gzipped, than the second load.
    binaryen.addPassToSkip("local-cse");
    binaryen.setGenerateStackIR(true);
    binaryen.setOptimizeStackIR(true);
    module.optimize();
    module.optimize();
    return module.emitBinary();
  } finally {
    module.dispose();
  }
}
