// Where modules are found by name: a folder of .ko files, as /lib/modules is on Linux.

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { moduleName } from "./modinfo.ts";

export class ModuleStore {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** All module files. */
  files(): string[] {
    if (!existsSync(this.folder)) return [];
    return readdirSync(this.folder)
      .filter((name) => name.endsWith(".ko"))
      .sort()
      .map((name) => join(this.folder, name));
  }

  /** The file of the module of that name; dashes and underscores are alike. */
  find(name: string): string | undefined {
    return this.files().find((file) => moduleName(file) === moduleName(name));
  }
}
