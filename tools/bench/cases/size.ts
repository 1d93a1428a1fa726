// The images of the core, as they are and compressed.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { FactCase, Missing, Row } from "../bench.ts";
import { repoRoot } from "../../setup/paths.mjs";

const IMAGES = [
  ["release", "kpi.wasm"],
  ["debug", "kpi.debug.wasm"],
] as const;

export const size: FactCase = {
  name: "size",
  async facts() {
    return IMAGES.flatMap(([flavour, name]): (Omit<Row, "case"> | Missing)[] => {
      const file = join(repoRoot, "build", name);
      if (!existsSync(file)) return [{ name: `core, ${flavour}`, missing: `build/${name} is not built` }];
      const bytes = readFileSync(file);
      const kib = (length: number): number => length / 1024;
      return [
        { name: `core, ${flavour}`, unit: "KiB", value: kib(bytes.length) },
        { name: `core, ${flavour}, gzip -9`, unit: "KiB", value: kib(gzipSync(bytes, { level: 9 }).length) },
      ];
    });
  },
};
