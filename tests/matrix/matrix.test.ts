// The bounded part of the matrix: every path that stands here, every check that applies to it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { BOUNDED, runPath } from "./run.ts";
import { nameOf, paths } from "./table.ts";

for (const { path, verdict, long } of paths()) {
  if (long || (!verdict.runs && !verdict.missing)) continue;
  const skip = verdict.runs ? false : verdict.why;
  test(nameOf(path), { skip }, async (context) => {
    for await (const { check, outcome, why, error } of runPath(path, BOUNDED)) {
      // What was not run has failed already, with the one before it.
      if (outcome === "not applicable" || outcome === "not run") continue;
      await context.test(check, { skip: outcome === "skipped" ? why! : false }, () => {
        if (error !== undefined) throw error;
        assert.equal(outcome, "pass");
      });
    }
  });
}
