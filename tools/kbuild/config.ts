// The kernel configuration: Debian's (config/debian.config) with our departures (config/kpi.config) laid over it.
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** CONFIG_ name to value as a .config file writes it: y, m, a number, or a quoted string. */
export type KernelConfig = ReadonlyMap<string, string>;

const folder = join(import.meta.dirname, "config");

/** Applies the lines of one .config file to a configuration; `# CONFIG_X is not set` removes X. */
export function applyConfig(config: Map<string, string>, text: string): void {
  for (const line of text.split("\n")) {
    const off = /^# (CONFIG_\w+) is not set$/.exec(line);
    const on = /^(CONFIG_\w+)=(.+)$/.exec(line);
    if (off) config.delete(off[1]!);
    else if (on) config.set(on[1]!, on[2]!);
  }
}

export function loadConfig(): KernelConfig {
  const config = new Map<string, string>();
  for (const name of ["debian.config", "kpi.config"]) applyConfig(config, readFileSync(join(folder, name), "utf8"));
  return config;
}

/** include/generated/autoconf.h, as Kconfig writes it. */
export function autoconf(config: KernelConfig): string {
  const lines = [...config]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => {
      if (value === "y") return `#define ${name} 1`;
      if (value === "m") return `#define ${name}_MODULE 1`;
      return `#define ${name} ${value}`;
    });
  return `${lines.join("\n")}\n`;
}
