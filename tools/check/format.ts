// The formatter: oxfmt over every TypeScript, JavaScript and JSON file that git knows.
//
//   npm run format               writes
//   npm run check                says what it would write
//
// AssemblyScript has decorators on functions, which no TypeScript parser takes: while oxfmt looks, they are comments.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "oxfmt";
import { KpiError } from "../../host/error.ts";
import { repoRoot } from "../setup/paths.mjs";

/** What no hand writes, and the two lists that are easier to read in columns than in lines of one word each. */
const LEFT_ALONE = /^(package-lock\.json|assembly\/abi\/|assembly\/kpi\.ts|tools\/abi\/wanted\.ts)/;

const options = JSON.parse(readFileSync(join(repoRoot, ".oxfmtrc.json"), "utf8"));

const mask = (text: string): string => text.replace(/^@\w+(\(.*?\))?/gm, (decorator) => `/*${decorator}*/`);
const unmask = (text: string): string => text.replace(/^\/\*(@\w+(\(.*?\))?)\*\//gm, "$1");

/** A file as it should be. */
export async function formatted(file: string, text: string): Promise<string> {
  const assembly = /^(assembly|driver|selftest)\//.test(file);
  const { code, errors } = await format(file, assembly ? mask(text) : text, options);
  const [error] = errors;
  if (error) throw new KpiError(`${file}: ${error.message}\n${error.codeframe ?? ""}\n${file} cannot be parsed`);
  return assembly ? unmask(code) : code;
}

function formattedFiles(): string[] {
  const listed = execFileSync("git", ["ls-files", "*.ts", "*.mjs", "*.js", "*.json"], {
    cwd: repoRoot,
    encoding: "utf8",
  });
  return listed.split("\n").filter((file) => file && !LEFT_ALONE.test(file) && existsSync(join(repoRoot, file)));
}

/** Formats the tree; returns the files that were not as they should be. */
export async function formatTree(write: boolean): Promise<string[]> {
  const wrong: string[] = [];
  for (const file of formattedFiles()) {
    const path = join(repoRoot, file);
    const text = readFileSync(path, "utf8");
    const wanted = await formatted(file, text);
    if (wanted === text) continue;
    wrong.push(file);
    if (write) writeFileSync(path, wanted);
  }
  return wrong;
}
