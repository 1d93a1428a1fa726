// The table that npm run bench prints.

import type { Row, Unit } from "./bench.ts";
import { change, type Figure } from "./statistics.ts";
import { RATIO_TARGETS, TARGETS, meets, type Target } from "./targets.ts";

/** What runs are compared by, and a table's columns say of a row. */
export const keyOf = (row: Row): string => `${row.case}: ${row.name}`;

/** The figure that targets and comparisons go by: CPU time, or what is no time. */
export function figureOf(row: Row): Figure | undefined {
  if (row.value !== undefined) return { value: row.value, noise: row.valueNoise ?? 0 };
  return row.cpu === undefined ? undefined : { value: row.cpu, noise: row.cpuNoise ?? 0 };
}

function number(value: number, unit: Unit | undefined): string {
  if (unit === "/s") return `${(value / 1e3).toFixed(value < 1e5 ? 1 : 0)} k/s`;
  const digits = Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0;
  return `${value.toFixed(digits)}${unit ? ` ${unit}` : ""}`;
}

function targetText(target: Target, unit: Unit | undefined): string {
  return target.most !== undefined ? `≤ ${number(target.most, unit)}` : `≥ ${number(target.least!, unit)}`;
}

/** Text of a row's columns. */
export function columns(row: Row): string[] {
  const key = keyOf(row);
  if (row.missing !== undefined) return [row.case, row.name, `– ${row.missing}`];
  const figure = figureOf(row)!;
  const time = row.cpu !== undefined;
  const noise = figure.value === 0 ? 0 : (100 * figure.noise) / Math.abs(figure.value);
  const verdicts: string[] = [];
  const target = TARGETS[key];
  if (target) verdicts.push(`${targetText(target, row.unit)} ${meets(figure.value, target) ? "met" : "MISSED"}`);
  const ratioTarget = RATIO_TARGETS[key];
  if (ratioTarget && row.ratio !== undefined) {
    verdicts.push(`${targetText(ratioTarget, "×")} ${meets(row.ratio, ratioTarget) ? "met" : "MISSED"}`);
  }
  return [
    row.case,
    row.name,
    number(figure.value, row.unit),
    time ? `±${noise.toFixed(0)} %` : "",
    time ? number(row.wall!, row.unit) : "",
    row.ratio === undefined ? "" : `${row.ratio.toFixed(2)} ×`,
    verdicts.join(", "),
  ];
}

export const HEADER = ["case", "row", "CPU", "noise", "wall", "to first", "target"];

/** Lines of columns of equal width; the first two to the left, figures to the right. */
export function layOut(rows: readonly (readonly string[])[]): string[] {
  const full = rows.filter((row) => row.length > 3);
  const widths = full[0]!.map((_, i) => Math.max(...full.map((row) => row[i]!.length)));
  return rows.map((row) => {
    const cells = row.map((cell, i) =>
      i < 2 || i === 6 || row.length <= 3 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!),
    );
    return cells.join("  ").trimEnd();
  });
}

/** Whether more of it is better. */
const isRate = (row: Row): boolean => row.unit === "/s";

/** A row beside that of another run. */
export function comparison(row: Row, old: Row | undefined): string[] {
  const now = figureOf(row);
  const then = old && figureOf(old);
  if (!now || !then) return [row.case, row.name, now ? "new" : "–", "", "", ""];
  const { ratio, significant } = change(now, then);
  const worse = isRate(row) ? ratio < 1 : ratio > 1;
  const verdict = significant ? (worse ? "REGRESSION" : "better") : "within noise";
  return [
    row.case,
    row.name,
    number(then.value, row.unit),
    number(now.value, row.unit),
    `${ratio.toFixed(2)} ×`,
    verdict,
  ];
}
