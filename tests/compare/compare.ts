// The comparison of a driver on our model of its card and on QEMU's: what differs without an explanation, and which
// explanations have nothing to explain any more.

import { join } from "node:path";
import { createBoard, parseDevice } from "../../boards/index.ts";
import { buildModules } from "../../tools/kbuild/build.ts";
import { repoRoot } from "../../tools/setup/paths.mjs";
import { compareRecordings, type Difference } from "./align.ts";
import { EXPLANATIONS, type Explanation } from "./differences.ts";
import { record, type CardBoard } from "./record.ts";
import type { Recording } from "./recording.ts";
import type { Subject } from "./subjects.ts";

/** An explanation, and what it explains. */
export interface Explained extends Explanation {
  readonly differences: readonly Difference[];
}

export interface Comparison {
  readonly subject: Subject;
  readonly ours: Recording;
  readonly theirs: Recording;
  readonly unexplained: readonly Difference[];
  readonly explained: readonly Explained[];
}

export async function compareModels(subject: Subject): Promise<Comparison> {
  const modules = join(repoRoot, "build/modules");
  await buildModules({ sources: [...subject.sources, "net/8021q"], out: modules });
  const on = (kind: string, device: string): Promise<Recording> =>
    record(createBoard(kind, [parseDevice(kind, device)]) as CardBoard, subject, modules);
  const ours = await on("desktop", subject.own ?? subject.device);
  const theirs = await on("qemu", subject.device);
  const own = EXPLANATIONS.filter(({ drivers }) => drivers.test(subject.driver));
  const all = compareRecordings(ours, theirs, subject.timing, []);
  const explained = own.map((one) => {
    const here = ({ phase, what }: Difference): boolean => (one.phase?.test(phase) ?? true) && one.what.test(what);
    return { ...one, differences: all.filter(here) };
  });
  return { subject, ours, theirs, unexplained: compareRecordings(ours, theirs, subject.timing, own), explained };
}

export function differenceLines({ phase, what, first, second }: Difference): string[] {
  return [`${phase}: ${what}`, `    ours  ${first}`, `    QEMU  ${second}`];
}
