// kpi modinfo: the module's own words, in the columns of the real tool.

import { modinfoLines, moduleFileInfo } from "../inspect/modules.ts";
import { moduleFile } from "../built-modules.ts";
import { readModule } from "../loader/read-module.ts";

export function modinfo(given: string, options: { json?: boolean }): number {
  const file = moduleFile(given);
  const info = moduleFileInfo(file, readModule(file));
  if (options.json) console.log(JSON.stringify(info));
  else for (const line of modinfoLines(info)) console.log(line);
  return 0;
}
