// From doc comments and an image to rows: what is read, and what is found wrong. The sources are made up.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { MACROS } from "../../host/symbols/macros.ts";
import type { Signature, WasmImage } from "../../tools/build/image.ts";
import { parseComment } from "../../tools/symbols/comment.ts";
import { symbolsMarkdown } from "../../tools/symbols/markdown.ts";
import { collectRows, type Found } from "../../tools/symbols/rows.ts";

test("a comment's header, text, errors, context and differences", () => {
  assert.deepEqual(
    parseComment(`/** linux/slab.h. Allocates \`size\` bytes, e.g. 64. Returns NULL without memory, -EINVAL or
 *  -E2BIG never. Context: any, as \`gfp\` says. More words. (Differs: memory is not
 *  zeroed, e.g. never.) */`),
    {
      header: "linux/slab.h",
      summary: "Allocates `size` bytes, e.g. 64. Returns NULL without memory, -EINVAL or -E2BIG never. More words.",
      errors: ["-EINVAL", "-E2BIG", "NULL"],
      context: "any, as `gfp` says",
      differs: "memory is not zeroed, e.g. never",
    },
  );
  assert.deepEqual(parseComment("/** asm/current.h (arch/wasm). The running task. Context: any. */"), {
    header: "asm/current.h",
    summary: "The running task.",
    errors: [],
    context: "any",
  });
  assert.deepEqual(parseComment("/** uapi/linux/if.h. Differs: all of it. Context: process */"), {
    header: "uapi/linux/if.h",
    summary: "",
    errors: [],
    context: "process",
    differs: "all of it",
  });
  assert.deepEqual(parseComment("/** Does a thing in linux/slab.h. */").header, "");
});

const signature = (params: number, ...results: string[]): Signature => ({
  params: Array.from({ length: params }, () => "i32"),
  results,
});

function collect(t: TestContext, files: Record<string, string>, exports: Record<string, Signature | "data">): Found {
  const root = mkdtempSync(join(tmpdir(), "kpi-symbols-"));
  t.after(() => rmSync(root, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    const file = join(root, "assembly", name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  const image: WasmImage = {
    imports: [],
    functionNames: new Map(),
    globals: [],
    data: [],
    codeBytes: 0,
    exports: Object.entries(exports).map(([name, type]) =>
      type === "data" ? { name, kind: "global" } : { name, kind: "function", signature: type },
    ),
  };
  return collectRows(image, root);
}

const SLUB = `
/** linux/slab.h. Allocates. Context: any. */
@inline
export function kmalloc(size: usize, flags: u32): usize {
  return 0;
}

/** linux/slab.h. Gives away.
 *  Context: any. */
// prettier-ignore
export function kfree_(p: usize): void {}

/** linux/slab.h. \`struct kmem_cache *kmalloc_caches[]\`. */
export const kmalloc_caches: usize = memory.data(8);
`;

test("symbols under other names, through other files, and data", (t) => {
  const { rows, faults } = collect(
    t,
    {
      "kpi.ts": `// export { old } from "./old";
export { kmalloc, kfree_ as kfree } from "./mm";
export {
  kmalloc_caches,
} from "./mm/slub";
export { kpi_boot } from "./init/main";
`,
      "mm/index.ts": `export { kmalloc } from "./slub";\nexport * from "./slub";\n`,
      "mm/slub.ts": SLUB,
      "init/main.ts": `/** Boots. */\nexport function kpi_boot(cpu: u32): i32 { return 0; }\n`,
    },
    {
      kmalloc: signature(2, "i32"),
      kfree: signature(1),
      kmalloc_caches: "data",
      kpi_boot: signature(1, "i32"),
      kpi_init: signature(0),
    },
  );
  assert.deepEqual(faults, []);
  assert.deepEqual(
    rows.map(({ name, kind, file, function: local, params, arity, signature: type }) => [
      name,
      kind,
      file,
      local,
      params,
      arity,
      type,
    ]),
    [
      ["kfree", "function", "assembly/mm/slub.ts", "kfree_", ["p"], 1, "(i32) -> ()"],
      ["kmalloc", "function", "assembly/mm/slub.ts", "kmalloc", ["size", "flags"], 2, "(i32, i32) -> i32"],
      ["kmalloc_caches", "data", "assembly/mm/slub.ts", "kmalloc_caches", [], 0, "i32"],
      ["kpi_boot", "function", "assembly/init/main.ts", "kpi_boot", ["cpu"], 1, "(i32) -> i32"],
    ],
  );
  assert.equal(rows[0].context, "any");
});

test("what is wrong is said by file and name", (t) => {
  const { faults } = collect(
    t,
    {
      "kpi.ts": `export { bare, headless, vague, old, kpi_x, gone, renamed } from "./a";\n`,
      "a.ts": `
export function bare(): void {}
/** Does. Context: any. */
export function headless(): void {}
/** linux/a.h. Does. */
export function vague(): void {}
/** linux/a.h. Of something else. Context: any. */
const other = 1;

/* linux/a.h. Not a doc comment. Context: any. */
export function old(): void {}
export function kpi_x(): void {}
/** linux/a.h. Does. Context: any. */
export function gone(): void {}
`,
    },
    {
      bare: signature(0),
      headless: signature(0),
      vague: signature(0),
      old: signature(0),
      kpi_x: signature(0),
      stray: signature(0),
      renamed: signature(0),
    },
  );
  assert.deepEqual(faults, [
    "assembly/a.ts: bare has no doc comment directly above it",
    "assembly/a.ts: does not declare renamed",
    "assembly/a.ts: headless does not begin its doc comment with the header that declares it",
    "assembly/a.ts: kpi_x has no doc comment directly above it",
    "assembly/a.ts: old has no doc comment directly above it",
    "assembly/a.ts: vague does not say in which context it may be called",
    "gone: not in the image: build the core",
    "renamed: in the image, but not in assembly/kpi.ts",
    "stray: in the image, but not in assembly/kpi.ts",
  ]);
});

test("the page groups symbols and macros by header", (t) => {
  const { rows } = collect(
    t,
    { "kpi.ts": `export { kmalloc } from "./mm/slub";`, "mm/slub.ts": SLUB.replace("Allocates", "A | b") },
    { kmalloc: signature(2, "i32") },
  );
  const page = symbolsMarkdown(
    rows,
    MACROS.filter(({ name }) => name === "kzalloc"),
  );
  assert.match(page, /^1 functions, 0 variables, 1 macros and inlines that they serve\.$/m);
  assert.match(page, /^## linux\/slab\.h\n\n\| Symbol \|/m);
  assert.match(
    page,
    /^\| `kmalloc\(size, flags\)` \| `\(i32, i32\) -> i32` \| A \\\| b\. \|  \| any \| mm\/slub\.ts \|$/m,
  );
  assert.match(
    page,
    /^\| `kzalloc\(size, flags\)` \| kmalloc\(size, flags \\\| __GFP_ZERO\) \| `__kmalloc` `kmalloc_trace` `kmalloc_caches` \|$/m,
  );
  assert.doesNotMatch(page, /\n\n\n/);
});
