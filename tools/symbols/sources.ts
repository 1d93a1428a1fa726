// What assembly/kpi.ts exports, and the declaration and doc comment of each in the file that has it. Reads text, not
// syntax trees: the exports of the core are one shape, and a tree would need the whole compiler.

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** One export of the image. */
export interface Exported {
  /** The name that modules import. */
  name: string;
  /** Where the image's list says it is: a file, and its name there. */
  file: string;
  local: string;
}

export interface Declaration {
  kind: "function" | "data";
  /** The file and the name that it is declared under. */
  file: string;
  local: string;
  params: string[];
  /** Types of the parameters, and of the result, as the source has them; "" for data. */
  types: string[];
  returns: string;
  /** The comment directly above, with its stars. */
  comment?: string;
}

const LIST = /export\s*\{([^}]*)\}\s*from\s*"([^"]+)"/g;

function items(list: string): [local: string, name: string][] {
  const names = list.split(",").map((item) => item.trim());
  return names
    .filter((item) => item !== "")
    .map((item) => {
      const [local, name = local] = item.split(/\s+as\s+/);
      return [local, name];
    });
}

const withoutLineComments = (text: string): string => text.replace(/^\s*\/\/.*$/gm, "");

export class Sources {
  #root: string;
  #texts = new Map<string, string>();

  constructor(root: string) {
    this.#root = root;
  }

  #text(file: string): string {
    let text = this.#texts.get(file);
    if (text === undefined) this.#texts.set(file, (text = readFileSync(join(this.#root, file), "utf8")));
    return text;
  }

  /** The file that `specifier` in `file` means. */
  #target(file: string, specifier: string): string | undefined {
    const path = join(dirname(file), specifier);
    return [`${path}.ts`, join(path, "index.ts")].find((candidate) => existsSync(join(this.#root, candidate)));
  }

  /** `export { … } from "…"` of a file. */
  exports(file: string): Exported[] {
    return [...withoutLineComments(this.#text(file)).matchAll(LIST)].flatMap(([, list, specifier]) => {
      const target = this.#target(file, specifier);
      return target ? items(list).map(([local, name]) => ({ name, file: target, local })) : [];
    });
  }

  /** Where `local` of `file` is declared, through any files that only pass it on. */
  find(file: string, local: string, passed = new Set<string>()): Declaration | undefined {
    if (passed.has(file)) return undefined;
    passed.add(file);
    const own = this.#declaration(file, local);
    if (own) return own;
    const listed = this.exports(file).find((entry) => entry.name === local);
    if (listed) return this.find(listed.file, listed.local, passed);
    for (const [, specifier] of this.#text(file).matchAll(/export\s*\*\s*from\s*"([^"]+)"/g)) {
      const target = this.#target(file, specifier);
      const found = target && this.find(target, local, passed);
      if (found) return found;
    }
    return undefined;
  }

  #declaration(file: string, local: string): Declaration | undefined {
    const text = this.#text(file);
    const pattern = new RegExp(
      `^export (?:(function) ${local}\\s*\\(([^)]*)\\)(?::\\s*([\\w.]+))?|(?:const|let) ${local}\\b)`,
      "m",
    );
    const match = pattern.exec(text);
    if (!match) return undefined;
    const fields = (match[2] ?? "")
      .split(",")
      .map((param) => param.split(":").map((part) => part.trim()))
      .filter(([name]) => name !== "");
    const params = fields.map(([name]) => name!);
    const types = fields.map(([, type = ""]) => type);
    const comment = commentAbove(text.slice(0, match.index));
    return {
      kind: match[1] ? "function" : "data",
      file,
      local,
      params,
      types,
      returns: match[3] ?? "",
      ...(comment && { comment }),
    };
  }
}

/** The doc comment that ends right before a declaration; decorators and words to tools may stand between. */
function commentAbove(before: string): string | undefined {
  const text = before.replace(/\n(?:(?:@[\w.]+(?:\([^)]*\))?|\/\/.*)\s*)+$/, "\n");
  if (!/\*\/[ \t]*\n$/.test(text)) return undefined;
  const comment = text.slice(text.lastIndexOf("/**")).trimEnd();
  // The last comment may be an ordinary one, below a doc comment of something else.
  return comment.startsWith("/**") && comment.indexOf("*/") === comment.length - 2 ? comment : undefined;
}
