// The whole test matrix with long counts: reloads, traffic and files.

import { test } from "node:test";
import { LONG, runPath } from "../matrix/run.ts";
import { nameOf, paths } from "../matrix/table.ts";
import { figure, progress } from "./soak.ts";

for (const { path, verdict } of paths()) {
  if (!verdict.runs && !verdict.missing) continue;
  test(nameOf(path), { skip: verdict.runs ? false : verdict.why }, async (context) => {
    let passed = 0;
    for await (const { check, outcome, error } of runPath(path, LONG)) {
      if (error !== undefined) throw error;
      if (outcome === "pass") passed++;
      progress(`${check}: ${outcome}`);
    }
    figure(context, "checks", passed);
  });
}
