// kpi symbols and kpi resolve: what the core offers, all of it and name by name.

import { buildCore } from "../../tools/build/core.ts";
import { KpiError } from "../error.ts";
import { loadSymbols, type Resolution, type Server, type SymbolIndex } from "../symbols/index.ts";
import { nearest } from "../nearest.ts";

async function index(): Promise<SymbolIndex> {
  await buildCore("debug", true);
  return loadSymbols();
}

/** Columns as wide as their widest cell; the last one is left as it is. */
function columns(rows: string[][]): string[] {
  const widths = rows.reduce<number[]>((all, row) => row.map((text, i) => Math.max(all[i] ?? 0, text.length)), []);
  return rows.map((row) => row.map((text, i) => (i === row.length - 1 ? text : text.padEnd(widths[i]))).join("  "));
}

export async function symbols(options: { json?: boolean }): Promise<number> {
  const rows = (await index()).symbols();
  if (options.json) console.log(JSON.stringify({ symbols: rows }));
  else
    for (const line of columns(rows.map((row) => [row.name, row.signature, row.header || "(host)", row.file])))
      console.log(line);
  return 0;
}

function where({ kind, file, function: local, arity, signature }: Server): string[] {
  if (kind === "data") return [`${file}, ${local}`, "variable", "address: i32"];
  return [`${file}, ${local}`, `${arity} argument${arity === 1 ? "" : "s"}`, signature];
}

const field = (name: string, text: string): string => `  ${name.padEnd(12)}${text}`;

function describe(found: Resolution): string[] {
  const own = found.servedBy.find(({ name }) => name === found.name);
  const lines: string[] = [];
  if (found.kind === "macro") {
    const what = found.form === "inline" ? "a macro in Linux (an inline function)" : "a macro in Linux";
    lines.push(`${found.name}: ${what}, ${found.header}; no module imports it`);
    lines.push(field("called as", found.call!), field("expands to", found.expandsTo!));
  } else {
    const what = found.kind === "data" ? "variable" : "function";
    lines.push(`${found.name}: a ${what} of the core, ${found.header || "for the host"}`);
  }
  const needed = found.kind === "macro" ? found.servedBy.filter((entry) => entry !== own) : found.servedBy;
  const table = columns(
    [...needed, ...(found.kind === "macro" && own ? [own] : [])].map((entry) => [entry.name, ...where(entry)]),
  );
  needed.forEach((_, i) => lines.push(field(i === 0 ? "served by" : "", table[i])));
  if (found.kind === "macro") {
    if (needed.length + found.missing.length === 0) lines.push(field("served by", "nothing: it only touches memory"));
    if (own) lines.push(field("also", `${table[needed.length]}, for modules without the kernel's headers`));
  }
  if (found.missing.length > 0) lines.push(field("lacking", found.missing.join(", ")));
  const rest: [string, string | undefined][] = [
    ["what", found.summary],
    ["errors", found.errors?.join(", ")],
    ["context", found.context],
    ["differs", found.differs],
  ];
  return [...lines, ...rest.flatMap(([name, text]) => (text ? [field(name, text)] : []))];
}

export async function resolveCommand(name: string, options: { json?: boolean }): Promise<number> {
  const known = await index();
  const found = known.resolve(name);
  if (!found) {
    const near = nearest(name, known.names());
    if (options.json) {
      console.log(JSON.stringify({ name, servedBy: [], near }));
      return 1;
    }
    const hint = near.length > 0 ? `did you mean ${near.join(", ")}?` : "see: kpi symbols";
    throw new KpiError(`nothing in the core serves ${name}; ${hint}`);
  }
  if (options.json) console.log(JSON.stringify(found));
  else for (const line of describe(found)) console.log(line);
  return found.missing.length > 0 ? 1 : 0;
}
