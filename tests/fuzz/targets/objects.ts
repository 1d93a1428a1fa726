// Modules mutated in every structure that they have: read, relocated and written as if all they want were there; and
// loaded into a machine without a core, which may run out of memory.

import assert from "node:assert/strict";
import { KpiError } from "../../../host/error.ts";
import { ModuleLoader } from "../../../host/loader/loader.ts";
import { ModuleStore } from "../../../host/loader/store.ts";
import { fakeMachine, type FakeMachine } from "../../loader/fake-machine.ts";
import { readAndLink } from "../../loader/read-and-link.ts";
import { checkError } from "../invariants.ts";
import { moduleBytes } from "../modules.ts";
import { mutate, mutation, type Mutation } from "../object-mutation.ts";
import { decode, encode, type Node } from "../object-tree.ts";
import type { Random } from "../../random.ts";
import { smallModule } from "../small-module.ts";
import type { Bench, Target } from "../target.ts";

/** The file that a case begins with, or what is done to it; `cut`: the file ends there. */
type Step = { file: string } | { cut: number } | Mutation;

const show = (step: Step): string => JSON.stringify(step);

/** Files by name. */
type Files = Map<string, Node>;

function build(files: Files, steps: readonly Step[]): Uint8Array {
  let root = [...files.values()][0]!;
  let cut: number | undefined;
  for (const step of steps) {
    if ("file" in step) root = files.get(step.file)!;
    else if ("cut" in step) cut = step.cut;
    else root = mutate(root, step);
  }
  const bytes = encode(root);
  return cut === undefined ? bytes : bytes.subarray(0, cut % (bytes.length + 1));
}

function make(files: Files, random: Random): Step[] {
  // The larger a file, the rarer: the small one has every structure too.
  const names = [...files.keys()];
  const file = names[random.once(16) ? random.below(names.length) : 0]!;
  const root = files.get(file)!;
  const steps: Step[] = [{ file }, ...random.list(1, random.once(3) ? 5 : 1, () => mutation(random, root))];
  if (random.once(20)) steps.push({ cut: random.u32() });
  return steps;
}

export const objects: Target<Step> = {
  name: "objects",
  about: "modules mutated in every structure, read and relocated",
  cases: 100_000,
  expects: { read: 0.15, refused: 0.3 },
  async open() {
    const files: Files = new Map([["small", decode(smallModule())]]);
    for (const name of ["mii", "params", "8139cp"]) files.set(name, decode(await moduleBytes(name)));
    for (const [name, root] of files) assert.ok(readAndLink(encode(root)), `${name} is no module before it is mutated`);
    return {
      show,
      make: (random) => make(files, random),
      run: (steps) => (readAndLink(build(files, steps)) ? "read" : "refused"),
    } satisfies Bench<Step>;
  },
};

/** What may go wrong besides. */
const FAILURES: FakeMachine["fail"][] = ["module_alloc", "percpu_modalloc", "__kmalloc"];

export const loader: Target<Step | { fail: FakeMachine["fail"]; init: number }> = {
  name: "loader",
  about: "a small module mutated, loaded and unloaded in a machine without a core",
  cases: 20_000,
  expects: { loaded: 0.1, refused: 0.3 },
  open() {
    const files: Files = new Map([["small", decode(smallModule())]]);
    const machine = fakeMachine();
    const own = new ModuleLoader(machine, new ModuleStore("/nonexistent"));
    return {
      show: (step) => JSON.stringify(step),
      make: (random) => [
        ...make(files, random),
        { fail: random.once(16) ? random.pick(FAILURES) : "", init: random.once(8) ? -random.below(200) : 0 },
      ],
      async run(steps) {
        const last = steps.at(-1)!;
        const { fail, init } = "fail" in last ? last : { fail: "" as const, init: 0 };
        machine.fail = fail;
        machine.insmod = () => init;
        let outcome = "loaded";
        try {
          const module = await own.load(
            "m.ko",
            build(
              files,
              steps.filter((step): step is Step => !("fail" in step)),
            ),
          );
          machine.fail = "";
          await own.rmmod(module.name);
        } catch (error) {
          checkError(error);
          assert.ok(error instanceof KpiError, String(error));
          outcome = "refused";
        }
        // Unloaded modules are kept for a while; nothing else is.
        assert.equal(own.modules.size, 0);
        assert.ok(machine.held.size <= 8, `${machine.held.size} pieces of memory are held`);
        return outcome;
      },
    } satisfies Bench<Step | { fail: FakeMachine["fail"]; init: number }>;
  },
};
