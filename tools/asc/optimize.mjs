// An asc transform: optimises the image with binaryen, for size, in place of asc's own order of passes. What has to be
// fast says so in its source (@inline); the rest is called.

import { Transform } from "assemblyscript/transform";

export default class OptimizeTransform extends Transform {
  /** @param {any} module */
  afterCompile(module) {
    const { binaryen } = /** @type {any} */ (this);
    binaryen.setDebugInfo(true);
    binaryen.setOptimizeLevel(2);
    binaryen.setShrinkLevel(2);
    binaryen.setZeroFilledMemory(true);
    // The null page: nothing lies there, so a constant may move from an address into the offset of a load.
    binaryen.setLowMemoryUnused(true);
    // A large function with one caller stays on its own: backtraces name it, and the image gets no smaller.
    binaryen.setOneCallerInlineMaxSize(80);
    module.optimize();
    module.optimize();
    // By path: functions of a kind stand together, within the 32 KiB that gzip looks back.
    module.runPasses(["reorder-functions-by-name"]);
  }
}
