// Every size in assembly/abi is what the compiler gives a module.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { headerList } from "../../tools/abi/scan.ts";
import { areas } from "../../tools/abi/wanted.ts";
import { prepareTree } from "../../tools/kbuild/environment.ts";
import { moduleFlags } from "../../tools/kbuild/flags.ts";
import { generateAbi } from "../../tools/kbuild/layout.ts";

test("sizes of structs agree with sizeof, attributes behind the definition included", async () => {
  const env = await prepareTree();
  const abi = await generateAbi();
  const names = [...new Set(Object.values(areas).flatMap((area) => area.structs))];
  const cName = (name: string) => (name.endsWith("_t") ? name : `struct ${name}`);
  const claims = names.map((name) => `_Static_assert(sizeof(${cName(name)}) == ${abi.sizeOf(name)}, "${name}");\n`);
  const scratch = mkdtempSync(join(tmpdir(), "kpi-sizes-"));
  try {
    const source = join(scratch, "sizes.c");
    writeFileSync(source, headerList() + claims.join(""));
    const flags = [...env.flags, ...moduleFlags("abi", "abi"), "-w", "-fsyntax-only", "-ferror-limit=0", source];
    const { code, stderr } = await env.compiler.clang(flags);
    assert.equal(code, 0, stderr);
  } finally {
    rmSync(scratch, { recursive: true });
  }
});
