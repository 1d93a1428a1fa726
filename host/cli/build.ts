// kpi build: kernel sources into modules.

import { relative } from "node:path";
import { buildModules } from "../../tools/kbuild/build.ts";
import { KpiError } from "../error.ts";

/** Builds and prints a line a module, as kbuild does; what was up to date is not worth a line. */
export async function build(sources: string[], options: { out: string; module: string[] }): Promise<number> {
  const result = await buildModules({
    sources,
    out: options.out,
    ...(options.module.length > 0 && { modules: options.module }),
    events: { compiling: (source: string) => console.error(`  CC [M]  ${source}`) },
  });
  for (const module of result.modules) {
    if (!module.cached) console.error(`  LD [M]  ${relative(process.cwd(), module.file)}`);
  }
  if (result.modules.every((module) => module.cached)) console.error(`${options.out}: up to date`);
  return 0;
}

/** The drivers that npm start shows, and what they need. */
export const DEMO_SOURCES = ["drivers/net/mii.c", "drivers/net/ethernet/realtek/8139cp.c"];

export async function buildDemoModules(out: string): Promise<void> {
  const { modules } = await buildModules({
    sources: DEMO_SOURCES,
    out,
    events: { compiling: (source: string) => console.error(`  CC [M]  ${source}`) },
  });
  if (modules.length !== DEMO_SOURCES.length) throw new KpiError(`${out}: not all modules were built`);
}
