// Calls that only the debug flavour has a use for. The kernel's inline functions contain them (CONFIG_DMA_API_DEBUG), on
// paths that every packet takes; in the release flavour the functions are empty, and their calls are taken out of the code:
//
//   call $debug_dma_mapping_error      becomes      drop; drop; nop; nop; nop; nop         in the same six bytes

import { SYMBOL_FUNCTION, type WasmObject } from "./object.ts";

const FUNCTION_INDEX_LEB = 0;
const CALL = 0x10;
const DROP = 0x1a;
const NOP = 0x01;
const CALL_BYTES = 6;

const DEBUG_ONLY: ReadonlySet<string> = new Set(["debug_dma_map_single", "debug_dma_mapping_error"]);

/** Takes those calls out of `code`, the linked code of `object`, in place. */
export function dropDebugCalls(object: WasmObject, code: Uint8Array): void {
  const imported = object.imports.filter((entry) => entry.kind === "function");
  for (const { type, offset, symbol } of object.codeRelocations) {
    const callee = object.symbols[symbol];
    if (type !== FUNCTION_INDEX_LEB || code[offset - 1] !== CALL) continue;
    if (callee?.kind !== SYMBOL_FUNCTION || !callee.undefined || !DEBUG_ONLY.has(callee.name)) continue;
    const signature = object.types[imported[callee.index]!.type!];
    if (signature === undefined || signature.results.length > 0 || signature.params.length > CALL_BYTES) continue;
    code.fill(DROP, offset - 1, offset - 1 + signature.params.length);
    code.fill(NOP, offset - 1 + signature.params.length, offset - 1 + CALL_BYTES);
  }
}
