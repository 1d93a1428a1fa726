// Mutated modules into a board that runs: everything but their code, which could loop for ever, is fair. What happens is
// a refusal, an oops or a panic; the host stands, and a board without an oops goes on.

import assert from "node:assert/strict";
import { TaskKilled } from "../../../host/machine/faults.ts";
import { checkError } from "../invariants.ts";
import { LiveBoard } from "../live-board.ts";
import { moduleBytes } from "../modules.ts";
import { mutate, mutation, type Mutation } from "../object-mutation.ts";
import { decode, encode, type Node } from "../object-tree.ts";
import type { Target } from "../target.ts";

type Step = { file: string } | Mutation;

const FILES = ["params", "params", "param_types", "mii"];
const CODE = 10;

/** Whether a mutation of the section cannot make the module's code another one. */
function besideCode(id: number, section: Node): boolean {
  return id !== CODE && !Buffer.from(encode(section).subarray(0, 32)).includes("reloc.CODE");
}

export const insmod: Target<Step> = {
  name: "insmod",
  about: "mutated modules loaded into a board that runs",
  cases: 2000,
  expects: { loaded: 0.05, refused: 0.4 },
  async open() {
    const files = new Map<string, Node>();
    for (const name of FILES) files.set(name, decode(await moduleBytes(name)));
    let own = await LiveBoard.boot([]);
    const again = async (): Promise<void> => {
      await own.close();
      own = await LiveBoard.boot([]);
    };
    return {
      remembers: true,
      make: (random) => {
        const file = random.pick(FILES);
        return [{ file }, ...random.list(1, 3, () => mutation(random, files.get(file)!, besideCode))];
      },
      async run([first, ...steps]) {
        const root = files.get((first as { file: string }).file)!;
        const bytes = encode((steps as Mutation[]).reduce((node, step) => mutate(node, step), root));
        const { loader, machine } = own.system;
        let outcome = "loaded";
        try {
          const module = await loader.load("m.ko", Uint8Array.from(bytes), "number=1");
          await loader.rmmod(module.name);
        } catch (error) {
          outcome = machine.oopses > 0 || error instanceof TaskKilled ? "oops" : "refused";
          if (machine.alive) checkError(error);
          else outcome = "panic";
        }
        // What a module of that kind leaves behind is not this board's to mend.
        if (!machine.alive || machine.oopses > 0 || loader.modules.size > 0) await again();
        return outcome;
      },
      async check() {
        assert.ok(own.system.machine.alive);
        await own.run("cat /proc/modules; cat /proc/slabinfo; modprobe params; rmmod params");
      },
      close: () => own.close(),
    };
  },
};
