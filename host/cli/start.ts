// Where the command begins. It is some two hundred modules, and to find those takes Node as long as to read them; ours name
// each other by their files, so there is nothing to find.

import { registerHooks } from "node:module";

const OWN = new URL("../../", import.meta.url).href;
const PACKAGES = `${OWN}node_modules/`;
const FILE = /^\.\.?\/.+\.(ts|js|mjs)$/;

registerHooks({
  resolve(specifier, context, next) {
    const { parentURL = "" } = context;
    const file = parentURL.startsWith(OWN) && !parentURL.startsWith(PACKAGES) && FILE.exec(specifier);
    if (!file) return next(specifier, context);
    const format = file[1] === "ts" ? "module-typescript" : "module";
    return { url: new URL(specifier, parentURL).href, format, shortCircuit: true };
  },
});

await import("./main.ts");
