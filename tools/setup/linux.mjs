// The Linux source: Debian's linux-source-6.1, of which the subtrees that builds read are unpacked into the cache. It
// is GPL, so nothing of it is in this repository; KPI_LINUX=<tree> names a tree of one's own instead.
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { kernelSubtrees } from "../kbuild/subtrees.mjs";
import { aptRefused, downloadPackage, haveApt, locatePackage, pathWithXz } from "./apt.mjs";
import { exclusively, makeCacheFolder } from "./cache.mjs";
import { SetupError } from "./error.mjs";
import { cacheRoot, cachedLinuxTree, LINUX_PACKAGE, LINUX_VERSION } from "./paths.mjs";
import { start } from "./process.mjs";
import { megabytes, withProgress } from "./progress.mjs";

/** Which subtrees a cached tree has; written before the tree gets its name, so a tree with this file is complete. */
const STAMP = ".kpi-subtrees.json";

/** Refuses a KPI_LINUX that is not a Linux 6.1 source tree. @param {string} tree */
export function checkTree(tree) {
  let makefile = "";
  try {
    makefile = readFileSync(join(tree, "Makefile"), "utf8");
  } catch {
    // Reported below, as a tree without a version.
  }
  const number = (/** @type {string} */ name) => new RegExp(`^${name} = (\\d+)$`, "m").exec(makefile)?.[1];
  const version = `${number("VERSION")}.${number("PATCHLEVEL")}`;
  if (!number("VERSION") || !existsSync(join(tree, "include/linux/netdevice.h"))) {
    const remedy = "name the folder that has Makefile and include/linux";
    throw new SetupError(`KPI_LINUX=${tree} is not a Linux source tree: ${remedy}`);
  }
  if (version !== "6.1") throw new SetupError(`KPI_LINUX=${tree} is Linux ${version}: name a Linux 6.1 source tree`);
}

/** Does the cached tree have these subtrees? @param {string[]} subtrees @param {string} tree */
export function hasSubtrees(subtrees, tree) {
  try {
    /** @type {string[]} */
    const unpacked = JSON.parse(readFileSync(join(tree, STAMP), "utf8"));
    const holds = (/** @type {string} */ path) => (/** @type {string} */ have) =>
      path === have || (have.endsWith("/") && path.startsWith(have));
    return subtrees.every((path) => unpacked.some(holds(path)));
  } catch {
    return false;
  }
}

/** Is there a tree to build from? A KPI_LINUX that is wrong throws. */
export function linuxReady() {
  const { KPI_LINUX } = process.env;
  if (KPI_LINUX) checkTree(KPI_LINUX);
  return Boolean(KPI_LINUX) || hasSubtrees(kernelSubtrees, cachedLinuxTree());
}

/** Refuses early, before other long steps, where the source cannot be had. */
export function checkLinuxSource() {
  if (linuxReady() || haveApt()) return;
  const why = aptRefused() ? "KPI_APT=no leaves nothing" : "no apt-get here";
  const remedy = "unpack linux-6.1.176 from kernel.org and set KPI_LINUX to its folder";
  throw new SetupError(`${why} to fetch Linux's source: ${remedy}`);
}

/** Makes sure that linuxTree() is there. */
export async function setUpLinux() {
  if (linuxReady()) return;
  checkLinuxSource();
  try {
    await provideTree({ subtrees: kernelSubtrees, tree: cachedLinuxTree(), fetchDeb: fetchSource });
  } catch (error) {
    if (error instanceof SetupError) error.message += " (or set KPI_LINUX to a Linux 6.1 source tree)";
    throw error;
  }
  // Only this step needed them, and they would be out of date the next time.
  rmSync(join(cacheRoot(), "apt-native"), { recursive: true, force: true });
}

/** Downloads Debian's source package into a folder. @param {string} into @returns {Promise<string>} the .deb */
async function fetchSource(into) {
  const wanted = { name: LINUX_PACKAGE, version: LINUX_VERSION };
  // Before anything happens: what, how, where to, and how to have it otherwise.
  process.stderr.write(
    `Linux's source: apt-get downloads ${LINUX_PACKAGE} into ${cacheRoot()}; nothing is installed, root is not needed.\n` +
      "KPI_APT=no refuses that, KPI_LINUX=<Linux 6.1 tree> makes it needless.\n",
  );
  const found = await withProgress("Debian's package lists (9 MB)", () => locatePackage(wanted));
  const label = `${LINUX_PACKAGE} ${LINUX_VERSION} (${megabytes(found.size)})`;
  return withProgress(label, (update) => downloadPackage(found, into, update));
}

/**
 * Puts subtrees of the source in a .deb at `tree`: all of them or nothing.
 * @param {{ subtrees: string[], tree: string, fetchDeb: (into: string) => Promise<string> }} options
 */
export async function provideTree({ subtrees, tree, fetchDeb }) {
  const name = basename(tree);
  const parent = makeCacheFolder(dirname(tree));
  await exclusively(name, async () => {
    if (hasSubtrees(subtrees, tree)) return;
    // What an interrupted set-up has left behind. Nobody else works here: this process has the lock.
    await removeLeftovers(parent, name);
    // A .deb in this folder itself was downloaded whole and verified; its partial/ may hold the beginning of one.
    const downloads = makeCacheFolder(join(parent, `${name}.download`));
    const kept = readdirSync(downloads).find((entry) => entry.endsWith(".deb"));
    const deb = kept ? join(downloads, kept) : await fetchDeb(downloads);
    const work = join(parent, `${name}.new-${process.pid}`);
    mkdirSync(work);
    const label = `unpacking the ${subtrees.length} parts of Linux's source that are used`;
    try {
      await withProgress(label, (update) => unpackSource(deb, subtrees, work, update));
    } catch (error) {
      // A .deb that could not be used is not tried again.
      rmSync(downloads, { recursive: true });
      await removeLeftovers(parent, name);
      throw error;
    }
    writeFileSync(join(work, STAMP), JSON.stringify(subtrees));
    if (existsSync(tree)) renameSync(tree, join(parent, `${name}.old-${process.pid}`));
    renameSync(work, tree);
    await removeLeftovers(parent, name);
    rmSync(downloads, { recursive: true });
  });
}

/** Removes the work folders of a tree. @param {string} parent @param {string} name */
async function removeLeftovers(parent, name) {
  const leftovers = readdirSync(parent).filter((entry) => /^\.(new|old)-\d+$/.test(entry.replace(name, "")));
  for (const entry of leftovers) await removeBusy(join(parent, entry));
}

/** Removes a folder to which the tar of a set-up that was killed may still write out what it had read. */
async function removeBusy(/** @type {string} */ dir, tries = 50) {
  try {
    await rm(dir, { recursive: true, force: true });
  } catch (error) {
    if (tries === 0) throw new SetupError(`cannot remove ${dir}: ${/** @type {Error} */ (error).message}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await removeBusy(dir, tries - 1);
  }
}

/**
 * Unpacks paths of the .tar.xz in Debian's source package: .deb → tar → .tar.xz → files, as one stream.
 * @param {string} deb @param {string[]} paths @param {string} into @param {(fraction: number) => void} update
 */
async function unpackSource(deb, paths, into, update) {
  const env = { ...process.env, LC_ALL: "C", PATH: await pathWithXz() };
  const size = statSync(deb).size;
  let done = 0;
  const count = new Transform({
    transform(chunk, _encoding, next) {
      update((done += chunk.length) / size);
      next(null, chunk);
    },
  });
  const members = paths.map((path) => `*/${path.replace(/\/$/, "")}`);
  const select = ["--strip-components=1", "--wildcards", "--no-wildcards-match-slash", ...members];
  const unwrap = start("dpkg-deb", ["--fsys-tarfile", deb], { env });
  const member = start("tar", ["-xO", "--wildcards", "*/linux-source-*.tar.xz"], { env, stdio: "pipe" });
  const files = start("tar", ["-x", "-I", "xz -T0", "--no-same-owner", "-C", into, ...select], { env, stdio: "pipe" });
  const ends = [unwrap, member, files].map(finished);
  await Promise.allSettled([
    pipeline(/** @type {any} */ (unwrap).stdout, /** @type {any} */ (member).stdin),
    pipeline(/** @type {any} */ (member).stdout, count, /** @type {any} */ (files).stdin),
  ]);
  // The last stage to fail is the one with a reason of its own: those before it only lost their reader.
  const reason = (await Promise.all(ends)).filter(Boolean).at(-1);
  if (reason) throw new SetupError(`cannot unpack ${basename(deb)}: ${reason}`);
}

/**
 * Waits for a stage; null, or what it said when it failed.
 * @param {import("node:child_process").ChildProcess} child @returns {Promise<string | null>}
 */
function finished(child) {
  return new Promise((resolve) => {
    let stderr = "";
    child.stderr?.setEncoding("utf8").on("data", (text) => (stderr += text));
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, signal) => {
      if (code === 0) resolve(null);
      else resolve(stderr.trim().split("\n")[0] || `${child.spawnfile} ended with ${signal ?? code}`);
    });
  });
}
