// The cache folder: created on first use, with one lock for each thing that set-up puts into it.
import { mkdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { SetupError } from "./error.mjs";
import { withLock } from "./lock.mjs";
import { cacheRoot } from "./paths.mjs";

/** mkdir -p. Node's own never ends where a folder cannot be made below one that is there (/proc). */
function makeFolders(/** @type {string} */ dir) {
  if (statSync(dir, { throwIfNoEntry: false })?.isDirectory()) return;
  if (dirname(dir) !== dir) makeFolders(dirname(dir));
  try {
    mkdirSync(dir);
  } catch (error) {
    // Another set-up may have been quicker.
    if (!statSync(dir, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

/** Creates a folder of the cache. @param {string} dir */
export function makeCacheFolder(dir) {
  try {
    makeFolders(dir);
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    const remedy = "set KPI_CACHE to a folder that you can write to";
    throw new SetupError(`cannot create the cache folder ${dir} (${code}): ${remedy}`);
  }
  return dir;
}

/**
 * Runs one step of set-up while no other set-up with the same cache runs it.
 * @template T
 * @param {string} name @param {() => Promise<T>} work
 */
export function exclusively(name, work) {
  const lock = join(makeCacheFolder(cacheRoot()), `${name}.lock`);
  return withLock(lock, work, (pid) => {
    process.stderr.write(`waiting for another set-up (process ${pid}), which holds ${lock}\n`);
  });
}
