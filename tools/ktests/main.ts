// `npm run kernel-tests`: runs every test of the kernel that is not left out, and writes docs/kernel-tests.md.

import { writeFileSync } from "node:fs";
import { relative } from "node:path";
import { buildEvents } from "../../host/cli/build.ts";
import { complain } from "../../host/cli/report.ts";
import type { TestResult } from "../../host/ktest/ktap.ts";
import { formatResult } from "../../host/ktest/ktap.ts";
import { runTestModule } from "../../host/ktest/run.ts";
import { allTests, resolveTargets } from "../../host/ktest/targets.ts";
import { repoRoot } from "../setup/paths.mjs";
import { page, pageFile } from "./page.ts";

try {
  const { tests } = await allTests();
  const results = new Map<string, TestResult>();
  for (const target of await resolveTargets(["all"], buildEvents)) {
    if (!("file" in target)) continue;
    const result = await runTestModule(target.file);
    results.set(target.name, result);
    if (result.outcome === "not ok") console.log(formatResult(result, results.size).join("\n"));
  }
  writeFileSync(pageFile, page(tests, results));
  console.log(`wrote ${relative(repoRoot, pageFile)}`);
  if ([...results.values()].some(({ outcome }) => outcome === "not ok")) process.exitCode = 1;
} catch (error) {
  process.exitCode = complain(error);
}
