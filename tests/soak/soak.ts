// What soaks share. A soak is a test of node:test that takes long: `npm run soak` runs them, and prints the figures that
// they report as a table.

import type { TestContext } from "node:test";

/** How long a soak without an end of its own goes on. */
export const MINUTES = Number(process.env.KPI_SOAK_MINUTES ?? 1);

/** When it should stop (performance.now). */
export function deadline(): number {
  return performance.now() + MINUTES * 60_000;
}

/** A figure for the table. */
export function figure(context: TestContext, name: string, value: number | string): void {
  const text = typeof value === "number" ? value.toLocaleString("en", { maximumFractionDigits: 2 }) : value;
  context.diagnostic(`${name}: ${text}`);
}

/** Says how far it is; the runner shows the last of these. */
export function progress(text: string): void {
  process.stdout.write(`${text}\n`);
}
