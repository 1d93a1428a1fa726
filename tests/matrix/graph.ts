// The test matrix, in the manner of QEMU's libqos: boards, devices, drivers and links are nodes that need some things and
// give others; a path through one of each stands when each finds what it needs in those before it. A check is a test that
// says what it needs, and runs on every path that has it.

import { unless, type Need } from "../../tools/lab/requirements.ts";

export interface Node {
  readonly name: string;
  /** What one of those before it on the path has to give. */
  readonly needs: readonly string[];
  readonly gives: readonly string[];
  /** What the machine has to have. */
  readonly machine?: readonly Need[];
}

/** Whether something can be done; if not, `why`, and whether that is the machine's fault. */
export type Verdict =
  | { readonly runs: true }
  | { readonly runs: false; readonly missing: boolean; readonly why: string };

const RUNS: Verdict = { runs: true };

/** What nodes give, together. */
export function givenBy(nodes: readonly Node[]): ReadonlySet<string> {
  return new Set(nodes.flatMap(({ gives }) => gives));
}

/** Whether `node` stands after `before`. */
export function stands(node: Node, before: readonly Node[]): Verdict {
  const given = givenBy(before);
  const lacks = node.needs.find((need) => !given.has(need));
  if (lacks !== undefined) {
    return { runs: false, missing: false, why: `${before.map(({ name }) => name).join(", ")}: no ${lacks}` };
  }
  const why = unless(...(node.machine ?? []));
  return why === false ? RUNS : { runs: false, missing: true, why };
}

/** Whether a path stands, as far as one can tell without walking it. */
export function standsPath(path: readonly Node[]): Verdict {
  for (const [i, node] of path.entries()) {
    const verdict = stands(node, path.slice(0, i));
    if (!verdict.runs) return verdict;
  }
  return RUNS;
}

/** All paths that take one node of each layer. */
export function pathsThrough<T extends Node>(layers: readonly (readonly T[])[]): T[][] {
  return layers.reduce<T[][]>((paths, layer) => paths.flatMap((path) => layer.map((node) => [...path, node])), [[]]);
}
