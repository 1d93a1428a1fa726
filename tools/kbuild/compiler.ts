// The C compiler that set-up found (tools/setup/compiler.mjs), as tools/kbuild uses it: two commands that read and
// write files of the host, whether LLVM is native or the npm package @yowasp/clang.
import { spawn } from "node:child_process";
import { KpiError } from "../../host/error.ts";
import { setUpCompiler } from "../setup/compiler.mjs";
import { SetupError } from "../setup/error.mjs";
import { yowaspCompiler } from "./yowasp.ts";

export interface ToolResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Compiler {
  /** Part of every cache key: another version emits other code. */
  readonly version: string;
  /** Whether runs can go on side by side. */
  readonly parallel: boolean;
  clang(args: readonly string[]): Promise<ToolResult>;
  wasmLd(args: readonly string[]): Promise<ToolResult>;
}

function run(command: string, args: readonly string[]): Promise<ToolResult> {
  return new Promise((resolve, reject) => {
    // clang words its messages in the user's language, and probes read them.
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, LC_ALL: "C" } });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 1, stdout, stderr }));
  });
}

let found: Promise<Compiler> | undefined;

/** The compiler of this machine; set up first if there is none. KPI_CLANG names one. */
export function findCompiler(): Promise<Compiler> {
  found ??= compilerNamed();
  return found;
}

/** The compiler of that name, as KPI_CLANG would give it: a program, or yowasp. */
export async function compilerNamed(name?: string): Promise<Compiler> {
  try {
    const tools = await setUpCompiler(name);
    if (tools.kind === "yowasp") return yowaspCompiler(tools);
    return {
      version: `clang ${tools.version}`,
      parallel: true,
      clang: (args) => run(tools.clang, args),
      wasmLd: (args) => run(tools.wasmLd, args),
    };
  } catch (error) {
    if (error instanceof SetupError) throw new KpiError(error.message, error.exitCode);
    throw error;
  }
}
