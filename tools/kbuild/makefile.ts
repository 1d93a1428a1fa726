// Reads a Kbuild Makefile as far as it says which modules there are and how their files compile:
// obj-$(CONFIG_X), foo-objs, foo-y, foo-$(CONFIG_X), ccflags-y, CFLAGS_foo.o, and conditionals around them.
// Documentation/kbuild/makefiles.rst and modules.rst describe the format.
import { relative, resolve } from "node:path";
import { KpiError } from "../../host/error.ts";
import { debianSource } from "../setup/debian-sources.mjs";
import type { KernelConfig } from "./config.ts";

export interface KbuildModule {
  /** The name of the .ko. */
  readonly name: string;
  /** "m": a module of this configuration; "y": part of the kernel itself; "": turned off. */
  readonly state: "m" | "y" | "";
  /** C files, relative to the Makefile. */
  readonly sources: readonly string[];
}

export interface Kbuild {
  readonly modules: readonly KbuildModule[];
  /** Flags for every file of the folder. */
  readonly flags: readonly string[];
  /** Flags for one file, by its name without .c. */
  readonly fileFlags: ReadonlyMap<string, readonly string[]>;
}

export interface MakeContext {
  readonly config: KernelConfig;
  /** The kernel tree, for $(srctree). */
  readonly tree: string;
  /** The folder of the Makefile, for $(src) and $(obj). */
  readonly folder: string;
}

/** A variable of that many characters was made to use up memory: ones that name each other twice double at each step. */
const VALUE_MAX = 1 << 20;

/** $(DEBIAN_lwip): the folder of that source package. */
const DEBIAN_SOURCE = /^DEBIAN_(\w+)$/;

/** The source packages that a Makefile uses. */
export function debianSourcesOf(text: string): string[] {
  const names = [...text.matchAll(/\$[({]DEBIAN_(\w+)[)}]/g)].map(([, name]) => name!);
  return [...new Set(names)].filter((name) => debianSource(name) !== undefined);
}

/** Joins continued lines and drops comments and recipes. */
function logicalLines(text: string): string[] {
  return text
    .replace(/\\\r?\n/g, " ")
    .split(/\r?\n/)
    .filter((line) => !line.startsWith("\t") || /^\s*[\w-]+[\w$()-]*\s*[:+?]?=/.test(line))
    .map((line) => line.replace(/(^|\s)#.*$/, "").trim())
    .filter(Boolean);
}

class Reader {
  readonly variables = new Map<string, string>();
  readonly #context: MakeContext;
  /** One element for each open conditional: whether its branch is read, and whether any branch of it was. */
  readonly #branches: { reading: boolean; taken: boolean }[] = [];

  /** $(src): relative to the kernel tree, or absolute for a folder outside. */
  readonly #source: string;

  constructor(context: MakeContext) {
    this.#context = context;
    const inside = relative(context.tree, context.folder);
    this.#source = inside.startsWith("..") ? context.folder : inside;
  }

  read(text: string): void {
    for (const line of logicalLines(text)) if (!this.#conditional(line) && this.#reading) this.#assignment(line);
  }

  get #reading(): boolean {
    return this.#branches.every((branch) => branch.reading);
  }

  /** A condition: ifeq (a,b), ifneq, ifdef X, ifndef X. */
  #test(text: string): boolean | null {
    const [, keyword, rest] = /^(ifeq|ifneq|ifdef|ifndef)\b\s*(.*)$/.exec(text) ?? [];
    if (keyword === "ifdef") return this.#lookup(rest!) !== "";
    if (keyword === "ifndef") return this.#lookup(rest!) === "";
    const [, left, right] = /^\((.*),([^,]*)\)$/.exec(rest ?? "") ?? [];
    if (left === undefined) return null;
    return (this.expand(left).trim() === this.expand(right!).trim()) === (keyword === "ifeq");
  }

  #conditional(line: string): boolean {
    if (/^endif\b/.test(line)) {
      this.#branches.pop();
      return true;
    }
    const alternative = /^else\b\s*(.*)$/.exec(line);
    const condition = this.#test(alternative ? alternative[1]! : line);
    if (alternative) {
      const branch = this.#branches.at(-1);
      if (!branch) throw new KpiError(`${this.#source}: its Makefile has an else without an if`);
      branch.reading = !branch.taken && (condition ?? true);
      branch.taken ||= branch.reading;
      return true;
    }
    if (condition === null) return false;
    this.#branches.push({ reading: condition, taken: condition });
    return true;
  }

  #assignment(line: string): void {
    const match = /^([\w.\-$()/]+)\s*(\+=|[:?]?=)\s*(.*)$/.exec(line);
    if (!match) return;
    const name = this.expand(match[1]!);
    const value = this.expand(match[3]!);
    const before = this.variables.get(name);
    if (match[2] === "+=" && before) this.variables.set(name, `${before} ${value}`);
    else if (match[2] !== "?=" || before === undefined) this.variables.set(name, value);
  }

  #lookup(name: string): string {
    const { config, tree } = this.#context;
    if (name.startsWith("CONFIG_")) return (config.get(name) ?? "").replace(/^"|"$/g, "");
    if (name === "srctree" || name === "objtree") return tree;
    if (name === "src" || name === "obj") return this.#source;
    const [, source] = DEBIAN_SOURCE.exec(name) ?? [];
    if (source) return debianSource(source) ?? "";
    return this.variables.get(name) ?? "";
  }

  /** Expands $(X) and ${X}. Most functions of make give nothing: what uses them probes a compiler of another kind. */
  expand(text: string): string {
    let result = text;
    for (let round = 0; round < 8 && /\$[({]/.test(result); round++) {
      result = result.replace(/\$[({]([^(){}]*)[)}]/g, (_, inner: string) => this.#expression(inner));
      if (result.length > VALUE_MAX) throw new KpiError(`${this.#source}: its Makefile has a variable without an end`);
    }
    return result;
  }

  #expression(inner: string): string {
    const [, name, args] = /^(\w+)\s+(.*)$/s.exec(inner) ?? [];
    if (!name) return this.#lookup(inner.trim());
    const [first = "", second = ""] = args!.split(",");
    if (name === "addprefix")
      return second
        .trim()
        .split(/\s+/)
        .map((word) => first + word)
        .join(" ");
    if (name === "addsuffix")
      return second
        .trim()
        .split(/\s+/)
        .map((word) => word + first)
        .join(" ");
    return "";
  }
}

const words = (text: string | undefined) => (text ?? "").split(/\s+/).filter(Boolean);
const stem = (object: string) => object.replace(/\.o$/, "");

/** Objects that make up a composite module; none if it is a file of its own. */
function parts(variables: ReadonlyMap<string, string>, name: string): string[] {
  const listed = [`${name}-objs`, `${name}-y`, `${name}-m`].flatMap((variable) => words(variables.get(variable)));
  return [...new Set(listed)].filter((object) => object.endsWith(".o"));
}

/** Flags that mean something to our compiler. Paths in them are relative to the kernel tree. */
function usefulFlags(text: string | undefined, tree: string): string[] {
  const flags = words(text?.replace(/-I\s+/g, "-I")).filter(
    (flag) => /^-[DUIW]/.test(flag) && !flag.startsWith("-Wa,"),
  );
  return flags.map((flag) => (flag.startsWith("-I") ? `-I${resolve(tree, flag.slice(2))}` : flag));
}

export function parseKbuild(text: string, context: MakeContext): Kbuild {
  const reader = new Reader(context);
  reader.read(text);
  const { variables } = reader;
  const modules = new Map<string, KbuildModule>();
  // A later, stronger mention wins: y over m over off.
  for (const state of ["", "m", "y"] as const) {
    // lib-y is what the kernel's own link takes from an archive.
    const listed = [`obj-${state}`, `lib-${state}`].flatMap((name) => words(variables.get(name)));
    for (const object of listed.filter((word) => word.endsWith(".o"))) {
      const name = stem(object);
      const objects = parts(variables, name);
      const sources = (objects.length ? objects : [object]).map((part) => `${stem(part)}.c`);
      modules.set(name, { name, state, sources });
    }
  }
  const fileFlags = [...variables]
    .filter(([name]) => name.startsWith("CFLAGS_"))
    .map(([name, value]): [string, string[]] => [stem(name.slice("CFLAGS_".length)), usefulFlags(value, context.tree)]);
  const folderFlags = ["ccflags-y", "ccflags-m", "subdir-ccflags-y", "EXTRA_CFLAGS"].flatMap((name) =>
    usefulFlags(variables.get(name), context.tree),
  );
  return { modules: [...modules.values()], flags: folderFlags, fileFlags: new Map(fileFlags) };
}
