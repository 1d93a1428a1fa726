// npm run abi: writes assembly/abi from the headers of the kernel tree in use.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { KpiError } from "../../host/error.ts";
import { generateAbi } from "../kbuild/layout.ts";
import { repoRoot } from "../setup/paths.mjs";

const folder = join(repoRoot, "assembly", "abi");

async function main(): Promise<void> {
  const { files, stamp } = await generateAbi();
  const stale = new Set(
    readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts")),
  );
  for (const [name, text] of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
    stale.delete(name);
  }
  for (const name of stale) rmSync(join(folder, name));
  console.log(`assembly/abi: ${files.size} files, stamp ${stamp}`);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof KpiError)) throw error;
  console.error(error.message);
  process.exitCode = error.exitCode;
}
