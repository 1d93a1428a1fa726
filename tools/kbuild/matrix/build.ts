// Builds the rows of the matrix one by one with one compiler, and says of each module what came out.
import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { exportedNames } from "../../../host/loader/exports.ts";
import { LINKER_NAMES, wantedNames } from "../../../host/loader/symbols.ts";
import { readObject } from "../../../host/loader/object.ts";
import { buildModules } from "../build.ts";
import type { Compiler } from "../compiler.ts";
import type { MatrixRow } from "./rows.ts";

export interface MatrixResult extends MatrixRow {
  /** C files. */
  readonly files: number;
  /** Bytes of the .ko. */
  readonly size: number;
  readonly milliseconds: number;
  /** Whether nothing had to be compiled. */
  readonly cached: boolean;
  /** What the compiler said. */
  readonly warnings: string;
  /** Names that it takes from elsewhere. */
  readonly wanted: readonly string[];
  readonly exported: readonly string[];
}

export interface MatrixFailure extends MatrixRow {
  readonly error: string;
}

/** Builds `rows` into a folder of their own. `done` is called as each is ready. */
export async function buildMatrix(
  rows: readonly MatrixRow[],
  compiler: Compiler,
  out: string,
  done: (result: MatrixResult | MatrixFailure) => void = () => {},
): Promise<(MatrixResult | MatrixFailure)[]> {
  const results: (MatrixResult | MatrixFailure)[] = [];
  for (const row of rows) {
    const result = await buildRow(row, compiler, out);
    results.push(result);
    done(result);
  }
  return results;
}

async function buildRow(row: MatrixRow, compiler: Compiler, out: string): Promise<MatrixResult | MatrixFailure> {
  const start = performance.now();
  let warnings = "";
  try {
    const { modules } = await buildModules({
      sources: [row.folder],
      modules: [row.module],
      out,
      compiler,
      events: { warning: (text) => (warnings += text) },
    });
    const { file, sources, cached } = modules[0]!;
    const milliseconds = performance.now() - start;
    const bytes = readFileSync(file);
    const object = readObject(bytes);
    const wanted = wantedNames(object).filter(({ name, weak }) => !weak && !LINKER_NAMES.has(name));
    return {
      ...row,
      files: sources.length,
      size: bytes.length,
      milliseconds,
      cached,
      warnings,
      wanted: wanted.map(({ name }) => name).sort(),
      exported: exportedNames(object),
    };
  } catch (error) {
    return { ...row, error: (error as Error).message };
  }
}
