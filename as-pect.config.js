// as-pect runs the core's specs on one shared memory of 64 MiB: RAM for the core is [0, 32 MiB), as-pect's own heap lies above.
import { aspectHost } from "./tools/asc/aspect-host.mjs";

export default {
  entries: ["assembly/**/__tests__/*.spec.ts"],
  include: ["assembly/**/__tests__/*.include.ts"],
  disclude: [/node_modules/],
  async instantiate(_memory, createImports, instantiate, binary) {
    const memory = new WebAssembly.Memory({ initial: 1024, maximum: 1024, shared: true });
    return instantiate(binary, createImports(aspectHost(memory)));
  },
  outputBinary: false,
};
