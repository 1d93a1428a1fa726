// The names that a set of headers offers as constants: object-like macros, and enumerators.
import { compileText, type Environment } from "../kbuild/environment.ts";

/** Object-like macros of a translation unit that could be constants. */
async function macroNames(env: Environment, file: string): Promise<string[]> {
  const text = await compileText(env, ["-E", "-dM", file]);
  return [...text.matchAll(/^#define (\w+) \S/gm)].map((match) => match[1]!);
}

/** Enumerators of a translation unit, and the tags of its enums. */
async function enumerators(env: Environment, file: string): Promise<{ names: string[]; tags: string[] }> {
  const text = await compileText(env, ["-E", "-P", file]);
  const names: string[] = [];
  const tags: string[] = [];
  for (const [, tag, body] of text.matchAll(/\benum\s+(?:__attribute__\s*\(\([^)]*\)\)\s*)?(\w+)?\s*\{([^{}]*)\}/g)) {
    if (tag) tags.push(tag);
    // Commas inside an enumerator's value stand in parentheses.
    let depth = 0;
    let item = "";
    for (const char of `${body},`) {
      if (char === "(") depth++;
      if (char === ")") depth--;
      if (char !== "," || depth > 0) {
        item += char;
        continue;
      }
      const name = /^\s*(\w+)/.exec(item)?.[1];
      if (name) names.push(name);
      item = "";
    }
  }
  return { names, tags };
}

export interface Vocabulary {
  /** Macros and enumerators that may be constants. */
  readonly names: readonly string[];
  readonly enumerators: ReadonlySet<string>;
  readonly enumTags: ReadonlySet<string>;
}

/** All names that headers offer. */
export async function vocabulary(env: Environment, file: string): Promise<Vocabulary> {
  const macros = await macroNames(env, file);
  const { names, tags } = await enumerators(env, file);
  const all = [...new Set([...macros, ...names])].sort();
  return { names: all, enumerators: new Set(names), enumTags: new Set(tags) };
}
