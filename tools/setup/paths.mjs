// Where things are: the clone, the cache, the Linux source, Node 26. Plain .mjs: set-up runs on Node 20 before anything
// is installed, and host/ and tools/ import the same answers.
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The Linux source that layouts and drivers are taken from (DESIGN.md, 1). */
export const LINUX_PACKAGE = "linux-source-6.1";
export const LINUX_VERSION = "6.1.176-1";

/** The root of the clone, or dist/ of an installed package, which is a tree like it. */
export const repoRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Whether this is an installed package: JavaScript instead of TypeScript, a core that is built, nothing to build it. */
export const installed = !existsSync(join(repoRoot, "asconfig.json"));

/** Where what users build goes: build/ of the clone, or of the folder in which they work with an installed package. */
export const buildFolder = join(installed ? process.cwd() : repoRoot, "build");

/** A program of the project, by its path below the root without extension. @param {string} path */
export function program(path) {
  return join(repoRoot, `${path}${installed ? ".js" : ".ts"}`);
}

/** Node 26, where npm links it: in the clone, or in a project that has the package. The system's own node only has to
 *  run set-up. */
export const node26 = findNode(repoRoot);

/** @param {string} folder @returns {string} */
function findNode(folder) {
  const node = join(folder, "node_modules", ".bin", "node");
  if (!installed || existsSync(node)) return node;
  return dirname(folder) === folder ? join(repoRoot, "node_modules", ".bin", "node") : findNode(dirname(folder));
}

/** Everything that is downloaded or computed, and can be deleted: KPI_CACHE, else the XDG cache folder. */
export function cacheRoot() {
  const { KPI_CACHE, XDG_CACHE_HOME } = process.env;
  if (KPI_CACHE) return resolve(KPI_CACHE);
  // The XDG specification has relative paths ignored.
  if (XDG_CACHE_HOME?.startsWith("/")) return join(XDG_CACHE_HOME, "linuxkpi");
  return join(homedir(), ".cache", "linuxkpi");
}

/** Where set-up puts the subtrees of LINUX_PACKAGE that are used. */
export function cachedLinuxTree() {
  return join(cacheRoot(), `linux-${LINUX_VERSION}`);
}

/** The Linux 6.1 source tree in use: KPI_LINUX, else the cached one. Does not check that it is there. */
export function linuxTree() {
  return process.env.KPI_LINUX ? resolve(process.env.KPI_LINUX) : cachedLinuxTree();
}
