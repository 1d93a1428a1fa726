// README.md's board section: what a newcomer types, and that it says what is shown there, numbers apart.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { repoRoot } from "../../tools/setup/paths.mjs";
import { kpiWith } from "../cli/process.ts";
import { SKIP as skip } from "../firmware/board.ts";

interface Step {
  command: string;
  shown: string[];
}

function transcript(): Step[] {
  const readme = readFileSync(join(repoRoot, "README.md"), "utf8");
  const block = /\n## On a board\n[^]*?```\n([^]*?)```/.exec(readme)![1]!;
  const steps: Step[] = [];
  for (const line of block.trimEnd().split("\n")) {
    if (line.startsWith("$ ")) steps.push({ command: line.slice(2), shown: [] });
    else steps.at(-1)!.shown.push(line);
  }
  return steps;
}

/** A line with any numbers. */
function pattern(line: string): RegExp {
  const escaped = line.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll("…", ".+");
  return new RegExp(`^${escaped.replace(/\d(?:(?:\\\.)?\d)*/g, "[\\d.]+").replace(/ +/g, " +")}$`);
}

/** That the lines stand in a text, in that order. */
function says(text: string, shown: readonly string[], command: string): void {
  let lines = text.split(/\r?\n/);
  for (const line of shown) {
    const at = lines.findIndex((one) => pattern(line).test(one));
    assert.ok(at >= 0, `${command} does not say: ${line}\n${text}`);
    lines = lines.slice(at + 1);
  }
}

test("from a clone to a ping that the flashed board answers", { skip }, async () => {
  const [clone, ...steps] = transcript();
  assert.match(clone!.command, /^git clone .* npm ci$/);
  assert.equal(steps.length, 3);
  const cwd = mkdtempSync(join(tmpdir(), "kpi-newcomer-"));
  try {
    for (const { command, shown } of steps) {
      const [npx, kpi, ...args] = command.split(" ");
      assert.deepEqual([npx, kpi], ["npx", "kpi"]);
      const { code, out, err } = await kpiWith({ cwd }, ...args);
      assert.equal(code, 0, `${command}\n${out}\n${err}`);
      says(out, shown, command);
    }
  } finally {
    rmSync(cwd, { recursive: true });
  }
});
