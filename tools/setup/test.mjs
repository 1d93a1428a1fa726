// `npm test`: builds the core, runs its as-pect specs and every node:test file, and ends with one line of counts.
// Arguments pick test files by a part of their path: `npm test -- tests/loader`, `npm test -- assembly/mm`.
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, normalize, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { node26, repoRoot } from "./paths.mjs";
import { runNode26, start } from "./process.mjs";
import { setUpTestTools } from "./test-tools.mjs";

/** @typedef {{ passed: number, failed: number }} Counts */

const FAILED = { passed: 0, failed: 1 };

/** @param {string} text */
const plain = (text) => text.replace(/\x1b\[[0-9;]*m/g, "");

/** What as-pect's summary says; a run without a single test is a failure, though as-pect calls it a pass. */
export function aspectCounts(/** @type {string} */ output, /** @type {number} */ code) {
  const match = /\[Tests\]:\s*(\d+)\s*\/\s*(\d+)/.exec(plain(output));
  const [passed, total] = match ? [Number(match[1]), Number(match[2])] : [0, 0];
  const failed = total - passed;
  return { passed, failed: failed === 0 && (code !== 0 || total === 0) ? 1 : failed };
}

/** What node:test's counts mean: where nothing may be left out (CI), a skipped test is a failure. */
export function nodeCounts(/** @type {string} */ report, /** @type {number} */ code, ci = process.env.CI === "true") {
  const line = report.trim();
  if (line === "") return FAILED;
  const counts = JSON.parse(line);
  const skipped = ci ? counts.skipped + counts.todo : 0;
  const failed = counts.failed + counts.cancelled + skipped;
  return { passed: counts.passed, failed: failed === 0 && code !== 0 ? 1 : failed };
}

/**
 * The test files below some folders whose path has one of the filters in it (or all, without a filter).
 * @param {string[]} folders @param {string} suffix @param {string[]} filters
 */
export function testFiles(folders, suffix, filters, root = repoRoot) {
  const below = (/** @type {string} */ folder) => {
    const entries = /** @type {string[]} */ (readdirSync(join(root, folder), { recursive: true }));
    return entries.map((entry) => join(folder, entry));
  };
  const files = folders.filter((folder) => existsSync(join(root, folder))).flatMap(below);
  const wanted = filters.map(normalize);
  const matches = (/** @type {string} */ file) => wanted.length === 0 || wanted.some((part) => file.includes(part));
  return files.filter((file) => file.endsWith(suffix) && matches(file)).sort();
}

/** Runs a function with a folder that is removed afterwards. */
async function inFolder(/** @type {(dir: string) => Promise<Counts>} */ work) {
  const dir = mkdtempSync(join(tmpdir(), "kpi-test-"));
  try {
    return await work(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** @param {string[]} specs @returns {Promise<Counts>} */
function runAspect(specs) {
  // as-pect takes the files to run from its configuration only.
  const base = pathToFileURL(join(repoRoot, "as-pect.config.js"));
  const config = `import base from "${base}";\nexport default { ...base, entries: ${JSON.stringify(specs)} };\n`;
  return inFolder(async (dir) => {
    const file = join(dir, "as-pect.config.mjs");
    writeFileSync(file, config);
    // Not its bin/asp.js: that one runs the node on the PATH, and in colour always.
    const args = ["node_modules/@as-pect/cli/lib/test.js", "--summary", "--config", relative(repoRoot, file)];
    const env = { ...process.env, FORCE_COLOR: process.stdout.isTTY ? "1" : "0" };
    const child = start(node26, args, { cwd: repoRoot, env, stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout?.setEncoding("utf8").on("data", (text) => {
      output += text;
      process.stdout.write(text);
    });
    const code = await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
    process.stdout.write("\n");
    return aspectCounts(output, code ?? 1);
  });
}

/** @param {string[]} files @param {string[]} options @returns {Promise<Counts>} */
function runNodeTests(files, options) {
  // Without a file, node would go looking for tests itself.
  if (files.length === 0) return Promise.resolve(FAILED);
  // Node would leave a processor idle, and many tests wait for clocks and for other programs.
  const concurrency = `--test-concurrency=${availableParallelism()}`;
  return inFolder(async (dir) => {
    const report = join(dir, "counts.json");
    const reporters = [
      "--test-reporter=spec",
      "--test-reporter-destination=stdout",
      `--test-reporter=${new URL("count-reporter.mjs", import.meta.url)}`,
      `--test-reporter-destination=${report}`,
    ];
    const code = await runNode26(
      ["--import", "tsx", "--test", "--conditions=linuxkpi-source", concurrency, ...reporters, ...options, ...files],
      { cwd: repoRoot },
    );
    return nodeCounts(readFileSync(report, "utf8"), code);
  });
}

/** @param {string[]} args parts of paths to pick tests by, and options for node --test @returns {Promise<number>} */
export async function test(args) {
  const filters = args.filter((arg) => !arg.startsWith("-"));
  const options = args.filter((arg) => arg.startsWith("-"));
  await setUpTestTools();
  const built = await runNode26([join(repoRoot, "tools/build/main.ts")], { cwd: repoRoot });
  if (built !== 0) return built;
  const specs = testFiles(["assembly"], ".spec.ts", filters);
  const files = testFiles(["tests", "examples"], ".test.ts", filters);
  /** @type {Counts[]} */
  const results = [];
  if (filters.length === 0 || specs.length > 0) results.push(await runAspect(specs));
  if (filters.length === 0 || files.length > 0) results.push(await runNodeTests(files, options));
  if (results.length === 0) process.stderr.write(`no test file has ${filters.join(" or ")} in its path\n`);
  const sum = (/** @type {keyof Counts} */ key) => results.reduce((total, counts) => total + counts[key], 0);
  process.stdout.write(`${sum("passed")} passed, ${sum("failed")} failed\n`);
  return results.length === 0 || sum("failed") > 0 ? 1 : 0;
}
