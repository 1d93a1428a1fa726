// Debian's cross compilers, and how they are called.

import { execFile, execFileSync } from "node:child_process";
import { promisify } from "node:util";
import { KpiError } from "../../host/error.ts";
import { TEST_TOOLS } from "../setup/test-tools.mjs";
import { boardFolder, sharedFolder, type FirmwareBoard } from "./boards.ts";

const run = promisify(execFile);

const COMMON = ["--specs=picolibc.specs", "-Os", "-std=gnu17", "-Wall", "-Wextra", "-fno-common", "-ffreestanding"];
const NM_BYTES = 1 << 26;

export type Tool = "gcc" | "objcopy" | "nm";

function failure(board: FirmwareBoard, what: string, error: unknown): unknown {
  const { stderr, code } = error as { stderr?: Buffer | string; code?: string };
  const gcc = `${board.prefix}gcc`;
  if (code === "ENOENT") {
    return new KpiError(
      `${gcc} is not installed; as root: apt-get install ${TEST_TOOLS[gcc as keyof typeof TEST_TOOLS]}`,
    );
  }
  if (stderr?.length) return new KpiError(`${gcc} refuses the ${what}: ${String(stderr).slice(0, 4000)}`);
  return error;
}

const argumentsOf = (board: FirmwareBoard, tool: Tool, args: readonly string[]): string[] =>
  tool === "gcc" ? [...COMMON, ...board.flags, `-I${sharedFolder}`, `-I${boardFolder(board)}`, ...args] : [...args];

/** Runs a tool of a board's toolchain in a folder; `what` is made. */
export async function crossTool(
  board: FirmwareBoard,
  tool: Tool,
  args: readonly string[],
  { cwd, what }: { cwd: string; what: string },
): Promise<string> {
  try {
    const options = { cwd, maxBuffer: NM_BYTES };
    return (await run(board.prefix + tool, argumentsOf(board, tool, args), options)).stdout;
  } catch (error) {
    throw failure(board, what, error);
  }
}

/** The same, waiting for it. */
export function crossToolSync(
  board: FirmwareBoard,
  tool: Tool,
  args: readonly string[],
  { cwd, what }: { cwd: string; what: string },
): string {
  try {
    const stdio = ["ignore", "pipe", "pipe"] as ("ignore" | "pipe")[];
    return execFileSync(board.prefix + tool, argumentsOf(board, tool, args), { cwd, stdio, encoding: "utf8" });
  } catch (error) {
    throw failure(board, what, error);
  }
}
