// npm's binaryen is one file of 13 MB. tsx looks through whatever is imported, which takes seconds and a gigabyte for that
// one: it is read past tsx.

import { readFileSync } from "node:fs";
import { createRequire, registerHooks } from "node:module";
import { pathToFileURL } from "node:url";

const { href } = pathToFileURL(createRequire(import.meta.url).resolve("binaryen"));
const hooks = registerHooks({
  load: (url, context, next) =>
    url === href ? { format: "module", source: readFileSync(new URL(url)), shortCircuit: true } : next(url, context),
});
const { default: binaryen } = await import("binaryen");
hooks.deregister();

export default binaryen;
