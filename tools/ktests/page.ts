// docs/kernel-tests.md: which of the kernel's own tests run on the core, with how many cases, and which do not, and why.

import { join } from "node:path";
import { totals, type TestResult } from "../../host/ktest/ktap.ts";
import { LEFT_OUT, PARAMS } from "../../host/ktest/known.ts";
import type { KernelTest } from "../kbuild/ktests.ts";
import { repoRoot } from "../setup/paths.mjs";

export const pageFile = join(repoRoot, "docs/kernel-tests.md");

const HEAD = `# The kernel's own tests

Linux judges the core: its tests are built unmodified from the source package, loaded as modules, each on a board of its own, and
report as KTAP. KUnit is the kernel's own as well (\`lib/kunit\`, built as a module). \`kpi test all\` runs them all, \`kpi test list_test
test_printf\` some, \`kpi test lib/math\` a folder, \`kpi test --list\` names them; \`kpi test mine.ko\` runs a test module of your own, be
it KUnit suites or one that says \`all 12 tests passed\`.

This page is written by \`npm run kernel-tests\`, and \`npm test\` fails where it is not what the tests say. A module passes when every
case does, and the debug core reports nothing meanwhile: no oops, no leak, no warning. Where a module prints a sum of its checks,
these count as cases; one that says nothing when all is well counts as one.
`;

/** Where KUnit suites and test modules are that set-up does not unpack: subsystems of which the core has nothing. */
const ELSEWHERE = `## Elsewhere in the tree

Suites of subsystems that the core does not have: \`drivers/clk\`, \`drivers/gpu/drm/tests\`, \`drivers/hid\`, \`drivers/iio/test\`,
\`drivers/mmc\`, \`drivers/platform/chrome\`, \`drivers/rtc\`, \`drivers/thunderbolt\`, \`drivers/virt\`, \`drivers/base/power/qos-test.c\`,
\`fs/ext4\`, \`fs/fat\`, \`fs/binfmt_elf_test.c\`, \`kernel/events\`, \`net/mctp\`, \`net/mptcp\`, \`security/apparmor\`, \`sound/soc\`. Tools that are
compiled into the kernel itself, and have no counterpart here: \`kernel/kcsan\`, \`mm/kasan\`, \`mm/kfence\`, \`mm/kmsan\`. Other processors:
\`arch/s390/lib\`, \`arch/powerpc/lib\`. \`lib/kunit/string-stream-test.c\` and \`executor_test.c\`: Kbuild links them into KUnit when that is part
of the kernel, and a module of them would need what KUnit does not export.
`;

/** A pipe would end the cell. */
const cell = (text: string): string => text.replaceAll("|", "\\|");

/** The reasons for which cases of a module are left out. */
function without(name: string): string {
  const entries = Object.entries(LEFT_OUT).filter(([path]) => path.startsWith(`${name}/`));
  return entries.map(([path, why]) => `\`${path.slice(path.lastIndexOf("/") + 1).split(":")[0]}\`: ${why}`).join("; ");
}

function kind({ suites }: KernelTest): string {
  return suites.length > 0 ? `KUnit: ${suites.map((suite) => `\`${suite}\``).join(", ")}` : "";
}

/** The page, from what the tests that are not left out have found. */
export function page(tests: readonly KernelTest[], results: ReadonlyMap<string, TestResult>): string {
  let cases = 0;
  const rows = tests.flatMap((test) => {
    const result = results.get(test.name);
    if (!result) return [];
    const { passed, failed, skipped } = totals([result]);
    cases += passed + failed + skipped;
    const params = Object.entries(PARAMS[test.name] ?? {}).map((pair) => `\`${pair.join("=")}\``);
    const remarks = [kind(test), without(test.name), params.length > 0 ? `with ${params.join(" ")}` : ""].filter(
      Boolean,
    );
    const numbers = [passed + failed + skipped, passed, skipped].join(" | ");
    return [`| \`${test.name}\` | ${test.folder} | ${numbers} | ${cell(remarks.join("; "))} |`];
  });
  const out = tests.filter(({ name }) => name in LEFT_OUT);
  return [
    HEAD,
    `## What runs: ${rows.length} modules, ${cases} cases`,
    "",
    "| module | folder | cases | passed | skipped | |",
    "| --- | --- | --: | --: | --: | --- |",
    ...rows,
    "",
    "A skipped case without a reason here skips itself.",
    "",
    `## What is left out: ${out.length} modules`,
    "",
    "| module | folder | why |",
    "| --- | --- | --- |",
    ...out.map(({ name, folder }) => `| \`${name}\` | ${folder} | ${cell(LEFT_OUT[name]!)} |`),
    "",
    ELSEWHERE,
  ].join("\n");
}
