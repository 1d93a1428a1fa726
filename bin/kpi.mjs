#!/usr/bin/env node
// The `kpi` command: of a clone, or of an installed package, where everything is below dist/ (tools/package).
import { existsSync } from "node:fs";

const clone = new URL("../tools/setup/kpi.mjs", import.meta.url);
const installed = new URL("../dist/tools/setup/kpi.mjs", import.meta.url);
await import(existsSync(clone) ? clone.href : installed.href);
