import type { Compiler } from "./compiler.ts";
export async function yowaspCompiler(): Promise<Compiler> { throw new Error("later"); }
