// `npm run matrix`: builds the reference modules with the native clang and with the npm package, and prints for each
// its files, size, time and symbols. `-- --help` lists what it takes.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { KpiError } from "../../../host/error.ts";
import { coreNames } from "../../build/core-names.ts";
import { linuxTree } from "../../setup/paths.mjs";
import { compilerNamed, type Compiler } from "../compiler.ts";
import { prepareTree } from "../environment.ts";
import { makePlans } from "../plan.ts";
import { buildMatrix, type MatrixFailure, type MatrixResult } from "./build.ts";
import { type MatrixRow, referenceRows } from "./rows.ts";

type Result = MatrixResult | MatrixFailure;

const failed = (result: Result): result is MatrixFailure => "error" in result;

/** FOLDER:MODULE, or a folder with all its configured modules. */
async function rowsOf(argument: string): Promise<MatrixRow[]> {
  const [folder = "", module] = argument.split(":");
  if (module) return [{ folder, module }];
  return makePlans(await prepareTree(), [folder]).map((plan) => ({ folder, module: plan.name }));
}

/** A cell for a compiler's result: bytes and seconds. */
function cell(result: Result | undefined): string {
  if (!result) return "";
  if (failed(result)) return "FAILED";
  const time = result.cached ? "cached" : `${(result.milliseconds / 1000).toFixed(1)} s`;
  return `${result.size.toLocaleString("en")} B ${time.padStart(7)}`;
}

function print(cells: readonly string[], widths: readonly number[]): void {
  console.log(
    cells
      .map((text, i) => (i === 0 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!)))
      .join("  ")
      .trimEnd(),
  );
}

async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "kpi-matrix-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Options {
  compiler?: string[];
  fresh?: boolean;
  json?: boolean;
  missing?: boolean;
}

async function matrix(positionals: string[], values: Options): Promise<number> {
  const rows = positionals.length > 0 ? (await Promise.all(positionals.map(rowsOf))).flat() : referenceRows;
  const names = values.compiler ?? ["", "yowasp"];
  const compilers = await Promise.all(names.map((name) => compilerNamed(name)));
  return withFolder(async (folder) => {
    if (values.fresh) Object.assign(process.env, { KPI_LINUX: linuxTree(), KPI_CACHE: join(folder, "cache") });
    const core = await coreNames(true);
    const columns: Result[][] = [];
    for (const [i, compiler] of compilers.entries()) columns.push(await column(rows, compiler, join(folder, `${i}`)));
    const good = columns.flat().filter((result) => !failed(result)) as MatrixResult[];
    const known = new Set([...core, ...good.flatMap(({ exported }) => exported)]);
    const table = rows.map((row, i) => {
      const results = columns.map((results) => results[i]!);
      const wanted = [...new Set(results.flatMap((result) => (failed(result) ? [] : result.wanted)))];
      return { ...row, results, wanted, missing: wanted.filter((name) => !known.has(name)).sort() };
    });
    if (values.json) {
      console.log(JSON.stringify({ compilers: compilers.map(({ version }) => version), modules: table }, null, 1));
    } else {
      const widths = [22, 5, ...compilers.map(({ version }) => Math.max(20, version.length)), 9, 7];
      print(["module", "files", ...compilers.map(({ version }) => version), "undefined", "missing"], widths);
      for (const { module, results, wanted, missing } of table) {
        const files = results.find((result) => !failed(result)) as MatrixResult | undefined;
        print([module, `${files?.files ?? ""}`, ...results.map(cell), `${wanted.length}`, `${missing.length}`], widths);
        if (values.missing && missing.length > 0) console.log(`    ${missing.join(" ")}`);
      }
      for (const result of columns.flat()) if (failed(result)) console.error(`${result.module}: ${result.error}`);
    }
    return columns.flat().some(failed) ? 1 : 0;
  });
}

async function column(rows: readonly MatrixRow[], compiler: Compiler, out: string): Promise<Result[]> {
  return buildMatrix(rows, compiler, out, (result) => {
    if (process.stderr.isTTY) console.error(`${compiler.version}: ${result.module}`);
  });
}

const program = new Command("matrix")
  .description("Builds the reference modules with each compiler, and prints files, size, time and symbols.")
  .argument("[FOLDER[:MODULE]...]", "of the kernel tree, to build instead")
  .option("--compiler <name...>", "as in KPI_CLANG; default: the native clang and yowasp")
  .option("--fresh", "compile what is in the cache too")
  .option("--json", "print the table as JSON")
  .option("--missing", "list the symbols that are missing")
  .action(async (folders: string[], options: Options) => {
    process.exitCode = await matrix(folders, options);
  });

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof KpiError)) throw error;
  console.error(`matrix: ${error.message}`);
  process.exitCode = error.exitCode;
}
