// A kernel tree that differs from the one in use in single files: all others are links to it.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { linuxTree } from "../../tools/setup/paths.mjs";

function linkAround(from: string, to: string, kept: string): void {
  const [head, ...rest] = kept.split("/");
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from)) {
    if (entry !== head) symlinkSync(join(from, entry), join(to, entry));
    else if (rest.length) linkAround(join(from, entry), join(to, entry), rest.join("/"));
  }
}

/** The tree with one file changed; it is removed when the test ends. */
export function treeWith(context: TestContext, file: string, change: (text: string) => string): string {
  const tree = mkdtempSync(join(tmpdir(), "kpi-tree-"));
  context.after(() => rmSync(tree, { recursive: true }));
  linkAround(linuxTree(), tree, file);
  mkdirSync(dirname(join(tree, file)), { recursive: true });
  writeFileSync(join(tree, file), change(readFileSync(join(linuxTree(), file), "utf8")));
  return tree;
}
