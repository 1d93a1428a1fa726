import type { Compiler } from "./compiler.ts";
export async function yowaspCompiler(_tools: { module: string; version: string }): Promise<Compiler> { throw new Error("later"); }
