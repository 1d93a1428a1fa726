// The kernel's own tests in a source tree: every module that has KUnit suites, and those of lib/ that are a test by
// their name. Text says which; the Makefile beside a file says which module it is.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { moduleName } from "../../host/loader/modinfo.ts";
import { moduleOf, type ModulePlace } from "./drivers/index.ts";
import type { Environment } from "./environment.ts";
import { kernelSubtrees } from "./subtrees.mjs";

export interface KernelTest extends ModulePlace {
  /** What lsmod calls it. */
  readonly name: string;
  /** The names of its KUnit suites; none if it is a test of another kind. */
  readonly suites: readonly string[];
}

/** Names of files that may have a test in them. */
const MAY = /test|kunit|benchmark/;
/** Names of files that are tests, whatever is in them, below lib/ or where set-up unpacks just that file. */
const IS = /^(test[-_].+|.+[-_]?(test|selftest|kunit|benchmark))\.c$/;
const SUITES = /\bkunit_test_suites?\(/;
const SUITE_NAME = /\bstruct kunit_suite \w+ = \{[^}]*?\.name = "([^"]+)"/g;

/** Every file that may be a test, of the folders and files that set-up unpacks. */
function candidates(tree: string): string[] {
  return kernelSubtrees
    .filter((path) => !/^(include|tools)\//.test(path) && existsSync(join(tree, path)))
    .flatMap((path) =>
      path.endsWith("/")
        ? readdirSync(join(tree, path), { recursive: true, encoding: "utf8" }).map((file) => path + file)
        : [path],
    )
    .filter((file) => file.endsWith(".c") && MAY.test(basename(file)));
}

/** All tests of a tree, by folder and name. */
export function kernelTests(env: Environment): KernelTest[] {
  const tests = new Map<string, KernelTest>();
  for (const file of candidates(env.tree)) {
    const text = readFileSync(join(env.tree, file), "utf8");
    const kunit = SUITES.test(text);
    const named = (file.startsWith("lib/") || kernelSubtrees.includes(file)) && IS.test(basename(file));
    if (!kunit && !named) continue;
    const place = moduleOf(env, file);
    // A file of another module's: what that does when it is loaded is no test, but for its suites.
    if (!place || (!kunit && basename(place.module) !== basename(file, ".c"))) continue;
    const suites = [...text.matchAll(SUITE_NAME)].map(([, name]) => name!);
    tests.set(place.module, { ...place, name: moduleName(place.module), suites });
  }
  const key = ({ folder, name }: KernelTest): string => `${folder}/${name}`;
  return [...tests.values()].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
