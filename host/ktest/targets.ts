// What the words behind `kpi test` mean: files, C sources, tests of the kernel tree by module, suite, folder or kind.

import { basename } from "node:path";
import { coreNames } from "../../tools/build/core-names.ts";
import { buildDrivers } from "../../tools/kbuild/drivers/build.ts";
import { prepareTree, type Environment } from "../../tools/kbuild/environment.ts";
import { kernelTests, type KernelTest } from "../../tools/kbuild/ktests.ts";
import { buildModules } from "../../tools/kbuild/build.ts";
import type { CompileEvents } from "../../tools/kbuild/compile.ts";
import { setUpBuild } from "../../tools/setup/setup.mjs";
import { builtModules, moduleFile } from "../built-modules.ts";
import { KpiError } from "../error.ts";
import { moduleName } from "../loader/modinfo.ts";
import { nearest } from "../nearest.ts";
import { readModule } from "../loader/read-module.ts";
import { hasSuites } from "./run.ts";
import { LEFT_OUT } from "./known.ts";

/** A test to run: a module's file, or why there is nothing to run. */
export type Target = { readonly name: string } & ({ readonly file: string } | { readonly leftOut: string });

/** The module that the suites of all others need. */
const KUNIT = { folder: "lib/kunit", module: "kunit" };

/** The tests of the tree that a word names; undefined: none. */
function named(tests: readonly KernelTest[], word: string): readonly KernelTest[] | undefined {
  const name = moduleName(word);
  const folder = word.replace(/\/$/, "");
  const ways: ((test: KernelTest) => boolean)[] = [
    () => word === "all",
    (test) => word === "kunit" && test.suites.length > 0,
    (test) => test.name === name,
    (test) => test.suites.includes(word),
    (test) => test.folder === folder || test.folder.startsWith(`${folder}/`),
  ];
  return ways.map((way) => tests.filter(way)).find((found) => found.length > 0);
}

/** Builds tests with all that they depend on; `kunit`: KUnit in any case. */
async function buildTests(
  env: Environment,
  tests: readonly KernelTest[],
  kunit: boolean,
  events: CompileEvents,
): Promise<Target[]> {
  const suites = kunit || tests.some((test) => test.suites.length > 0);
  const core = await coreNames(true);
  const out = builtModules.folder;
  const built = await buildDrivers([...tests, ...(suites ? [KUNIT] : [])], { env, out, core, events });
  return tests.map(({ name, module }) => ({ name, file: built.get(basename(module))!.file }));
}

/** A user's own test: a module, or C source of one. */
async function ownFile(word: string, events: CompileEvents): Promise<string> {
  if (!word.endsWith(".c")) return moduleFile(word);
  const { modules } = await buildModules({ sources: [word], out: builtModules.folder, events });
  return modules[0]!.file;
}

/** Every test of the kernel tree that is set up. */
export async function allTests(): Promise<{ env: Environment; tests: readonly KernelTest[] }> {
  await setUpBuild();
  const env = await prepareTree();
  return { env, tests: kernelTests(env) };
}

/** The tests that words name, in their order, each once; those of the kernel tree are built. */
export async function resolveTargets(words: readonly string[], events: CompileEvents = {}): Promise<Target[]> {
  const targets = new Map<string, Target>();
  const wanted = new Map<string, KernelTest>();
  const { env, tests } = await allTests();
  let kunit = false;
  for (const word of words) {
    const own = /\.(ko|c)$/.test(word) || (named(tests, word) === undefined && builtModules.find(word) !== undefined);
    if (own) {
      const file = await ownFile(word, events);
      kunit ||= hasSuites(readModule(file));
      targets.set(moduleName(file), { name: moduleName(file), file });
      continue;
    }
    const found = named(tests, word);
    if (!found) throw new KpiError(`${word}: no test of the kernel has that name${meant(tests, word)}`, 2);
    for (const test of found) {
      const why = LEFT_OUT[test.name];
      if (why === undefined) wanted.set(test.name, test);
      targets.set(test.name, { name: test.name, leftOut: why ?? "" });
    }
  }
  for (const target of await buildTests(env, [...wanted.values()], kunit, events)) targets.set(target.name, target);
  return [...targets.values()];
}

function meant(tests: readonly KernelTest[], word: string): string {
  const names = nearest(word, [...new Set(tests.flatMap(({ name, suites }) => [name, ...suites]))]);
  return names.length > 0 ? `; did you mean ${names.slice(0, 3).join(", ")}?` : "; kpi test --list lists them";
}
