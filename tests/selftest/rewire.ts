// A module that gets other functions than it asks for.

import { renameImports } from "../../tools/image/imports.ts";

export function rewired(object: Uint8Array, names: Readonly<Record<string, string>>): Uint8Array {
  const wanted = new Set(Object.keys(names));
  const result = renameImports(object, ({ module, name }) =>
    wanted.delete(name) ? { module, name: names[name]! } : undefined,
  );
  if (wanted.size > 0) throw new Error(`the module does not import ${[...wanted].join(", ")}`);
  return result;
}
