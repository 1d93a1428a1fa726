// npm run check: types, then format. npm run format: puts the format right.

import { formatTree } from "./format.ts";
import { typeErrors } from "./types.ts";

const write = process.argv.includes("--write");
const errors = write ? "" : typeErrors();
process.stderr.write(errors);
const files = await formatTree(write);
for (const file of files) console.log(write ? `formatted ${file}` : `${file} is not formatted`);
if (files.length > 0 && !write) console.error(`${files.length} files are not formatted: npm run format`);
if (!write && (errors || files.length > 0)) process.exitCode = 1;
