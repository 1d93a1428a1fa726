// Runs the checks of one path on one board, one after the other, and tells what became of each.

import { CHECKS } from "./checks.ts";
import { stands } from "./graph.ts";
import { passtRig } from "./passt-rig.ts";
import { peerRig } from "./peer-rig.ts";
import { assertQuiet, type Amounts, type Rig } from "./rig.ts";
import { nodesOf, type Path } from "./table.ts";
import { tapRig } from "./tap-rig.ts";

export const BOUNDED: Amounts = { reloads: 5, seconds: 1, files: 1 };
export const LONG: Amounts = { reloads: 50, seconds: 30, files: 10 };

const RIGS = { peer: peerRig, tap: tapRig, stream: tapRig, dgram: tapRig, hub: tapRig, passt: passtRig };

export interface Result {
  readonly check: string;
  readonly outcome: "pass" | "fail" | "not run" | "not applicable" | "skipped";
  readonly why?: string;
  readonly error?: unknown;
  readonly ms?: number;
}

/** A check on a board that is there; a report of the kernel fails it, whatever it found itself. */
async function runOne(rig: Rig, run: (rig: Rig) => Promise<void>): Promise<unknown> {
  try {
    await run(rig);
    assertQuiet(rig);
    return undefined;
  } catch (error) {
    return error;
  }
}

/** What a driver does after something went wrong says nothing: the checks after one that failed are not run. */
export async function* runPath(path: Path, amounts: Amounts): AsyncGenerator<Result> {
  const nodes = nodesOf(path);
  let rig: Rig | undefined;
  let failed: string | undefined;
  try {
    for (const { name, run, ...node } of CHECKS) {
      const verdict = stands({ name, ...node }, nodes);
      if (!verdict.runs) {
        yield { check: name, outcome: verdict.missing ? "skipped" : "not applicable", why: verdict.why };
        continue;
      }
      if (failed !== undefined) {
        yield { check: name, outcome: "not run", why: `${failed} has failed` };
        continue;
      }
      const start = performance.now();
      const error = await runOne((rig ??= await RIGS[path.link.kind](path, amounts)), run);
      const ms = performance.now() - start;
      if (error === undefined) yield { check: name, outcome: "pass", ms };
      else {
        failed = name;
        yield { check: name, outcome: "fail", error, why: (error as Error).message.split("\n")[0]!, ms };
      }
    }
  } finally {
    await rig?.close();
  }
}
