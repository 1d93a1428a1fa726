// The C compiler: clang 17 or later with a wasm32 target and a wasm-ld beside it, else the npm package @yowasp/clang.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { KpiError } from "../../host/error.ts";
import { which } from "../setup/process.mjs";
import { yowaspCompiler } from "./yowasp.ts";

export interface ToolResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Compiler {
  /** One line that names the compiler; part of every cache key, since another version emits other code. */
  readonly version: string;
  /** Runs clang. Paths in the arguments are the host's; files that it writes are on the host when this resolves. */
  clang(args: readonly string[]): Promise<ToolResult>;
  /** Runs wasm-ld. */
  link(args: readonly string[]): Promise<ToolResult>;
}

const oldest = 17;
const newest = 22;

function run(command: string, args: readonly string[]): Promise<ToolResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 1, stdout, stderr }));
  });
}

/** wasm-ld of the same LLVM: beside clang, under the same suffix, or on the PATH. */
function linkerFor(clang: string): string | null {
  const suffix = /-\d+$/.exec(basename(clang))?.[0] ?? "";
  const beside = join(dirname(clang), `wasm-ld${suffix}`);
  return existsSync(beside) ? beside : (which(`wasm-ld${suffix}`) ?? which("wasm-ld"));
}

/** A compiler of this clang, or the reason why it cannot be one. */
async function tryNative(clang: string): Promise<Compiler | string> {
  const { code, stdout } = await run(clang, ["--version"]);
  const version = /clang version (\d+)\S*/.exec(stdout);
  if (code !== 0 || !version) return `${clang} is not clang`;
  if (Number(version[1]) < oldest) return `${clang} is version ${version[1]}, and ${oldest} is the oldest that works`;
  const targets = await run(clang, ["--print-targets"]);
  if (!/^\s*wasm32\b/m.test(targets.stdout)) return `${clang} has no wasm32 target`;
  const linker = linkerFor(clang);
  if (!linker) return `${clang} has no wasm-ld beside it (Debian: apt-get install lld-${version[1]})`;
  return {
    version: version[0]!,
    clang: (args) => run(clang, args),
    link: (args) => run(linker, args),
  };
}

let found: Promise<Compiler> | undefined;

/** The compiler of this machine, looked for once a process. KPI_CLANG names one, or `yowasp` for the npm package. */
export function findCompiler(): Promise<Compiler> {
  found ??= detect();
  return found;
}

async function detect(): Promise<Compiler> {
  const named = process.env.KPI_CLANG;
  if (named === "yowasp") return yowaspCompiler();
  if (named) {
    const path = which(named) ?? (existsSync(named) ? named : null);
    if (!path) throw new KpiError(`KPI_CLANG=${named}: there is no such program`);
    const native = await tryNative(path);
    if (typeof native === "string") throw new KpiError(`KPI_CLANG: ${native}`);
    return native;
  }
  const names = ["clang"];
  for (let version = newest; version >= oldest; version--) names.push(`clang-${version}`);
  for (const name of names) {
    const path = which(name);
    const native = path ? await tryNative(path) : "";
    if (native && typeof native !== "string") return native;
  }
  return yowaspCompiler();
}
