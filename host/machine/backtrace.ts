// The wasm frames of a JavaScript stack trace, as a kernel prints them: function+0xoffset [module].

import type { CodeMap } from "./code-map.ts";

/** What V8 calls the core's image: asc gives it no name. */
export const CORE_NAME = "";

/** V8: "    at name (wasm://wasm/module-0123abcd:wasm-function[12]:0x1f3)"; an exported function may be nameless. */
const FRAME = /^\s+at (?:(.+) \()?wasm:\/\/wasm\/(.*?)-?[0-9a-f]{8}:wasm-function\[(\d+)\]:0x([0-9a-f]+)\)?$/;

/** asc names functions by file and name, "assembly/mm/slub/kfree"; a kernel developer knows the last part. V8 puts the
 *  image's name before: "8139cp.cp_init_one". */
function functionName(name: string | undefined, module: string, index: string): string {
  if (!name) return `wasm-function[${index}]`;
  const plain = name.startsWith(`${module}.`) ? name.slice(module.length + 1) : name;
  return plain.slice(plain.lastIndexOf("/") + 1);
}

/** How deep a report goes. */
export const MAX_FRAMES = 32;

/** The wasm frames of `stack`, innermost first. */
export function wasmFrames(stack: string, code: CodeMap): string[] {
  const frames: string[] = [];
  for (const line of stack.split("\n")) {
    const match = FRAME.exec(line);
    if (!match) continue;
    const [, name, module, index, offset] = match;
    if (code.isHelper(module, Number(index))) continue;
    const place = code.place(module, Number(index), parseInt(offset, 16));
    frames.push(`${functionName(name, module, index)}${place}${module !== CORE_NAME ? ` [${module}]` : ""}`);
    if (frames.length === MAX_FRAMES) break;
  }
  return frames;
}

/** Runs `capture` with stacks long enough for a report. */
export function captureStack(): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 2 * MAX_FRAMES;
  const stack = new Error().stack ?? "";
  Error.stackTraceLimit = limit;
  return stack;
}
