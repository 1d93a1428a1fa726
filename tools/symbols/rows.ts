// Joins what assembly/ says of the exported symbols with the types that they have in the image.

import { repoRoot } from "../setup/paths.mjs";
import type { Signature, WasmImage } from "../build/image.ts";
import type { SymbolRow } from "../../host/symbols/row.ts";
import { parseComment, type Comment } from "./comment.ts";
import { Sources } from "./sources.ts";

/** The image's list of exports. */
const EXPORTS = "assembly/kpi.ts";

/** Exports for the host are not kernel symbols: they need no header and no context. */
function isHostEntry(name: string, comment: Comment): boolean {
  return name.startsWith("kpi_") || HOST.test(comment.summary);
}

const HOST = /^Host ABI: */;

export interface Found {
  rows: SymbolRow[];
  /** What is wrong with the symbols, one line each. */
  faults: string[];
}

export function signatureText({ params, results }: Signature): string {
  return `(${params.join(", ")}) -> ${results.length === 0 ? "()" : results.join(", ")}`;
}

const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);

export function collectRows(image: WasmImage, root = repoRoot): Found {
  const sources = new Sources(root);
  const inImage = new Map(image.exports.map((entry) => [entry.name, entry]));
  const rows: SymbolRow[] = [];
  const faults: string[] = [];
  for (const { name, file, local } of sources.exports(EXPORTS)) {
    const declared = sources.find(file, local);
    const exported = inImage.get(name);
    if (!declared || !exported) {
      faults.push(declared ? `${name}: not in the image: build the core` : `${file}: does not declare ${local}`);
      continue;
    }
    const fault = (what: string): number => faults.push(`${declared.file}: ${name} ${what}`);
    if (!declared.comment) fault("has no doc comment directly above it");
    const comment = parseComment(declared.comment ?? "");
    const forHost = isHostEntry(name, comment);
    if (declared.comment && !forHost) {
      if (!comment.header) fault("does not begin its doc comment with the header that declares it");
      if (!comment.context && declared.kind === "function") fault("does not say in which context it may be called");
      if (!comment.summary) fault("does not say what it does");
    }
    const signature = exported.signature ?? { params: [], results: ["i32"] };
    rows.push({
      name,
      kind: declared.kind,
      ...comment,
      header: forHost ? "" : comment.header,
      summary: comment.summary.replace(HOST, ""),
      file: declared.file,
      function: declared.local,
      params: declared.params,
      types: declared.types,
      returns: declared.returns,
      arity: signature.params.length,
      signature: exported.signature ? signatureText(signature) : "i32",
    });
  }
  const listed = new Set(rows.map((row) => row.name));
  for (const { name, kind } of image.exports) {
    // asc's start function is not in any source.
    if ((kind === "function" || kind === "global") && !listed.has(name) && name !== "kpi_init")
      faults.push(`${name}: in the image, but not in ${EXPORTS}`);
  }
  return { rows: rows.sort(byName), faults: faults.sort() };
}
