// Source packages of Debian's that modules of ours are made of: downloaded when one is built, verified, unpacked into the
// cache. Nothing of them is in this repository.
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { haveApt, pathWithXz } from "./apt.mjs";
import { exclusively } from "./cache.mjs";
import { SetupError } from "./error.mjs";
import { cacheRoot } from "./paths.mjs";
import { capture } from "./process.mjs";
import { withProgress } from "./progress.mjs";

/** @typedef {{ version: string, file: string, sha256: string, folders: string[] }} DebianSource folders: what of it is used */

/** By package. @type {Readonly<Record<string, DebianSource>>} */
const SOURCES = {
  lwip: {
    version: "2.1.3+dfsg1",
    file: "pool/main/l/lwip/lwip_2.1.3+dfsg1.orig.tar.xz",
    sha256: "0a8276d09fc4e97bbba2f953d74af2388fc2195ea156be9d7589e297a68fde24",
    folders: ["src", "COPYING"],
  },
};

const ARCHIVE = "http://deb.debian.org/debian";

/** Part of apt, though not on the PATH. */
const HELPER = "/usr/lib/apt/apt-helper";

/** The environment variable that names a tree of one's own. @param {string} name */
const variable = (name) => `KPI_${name.toUpperCase()}`;

/** The folder of a package's source, whether it is there or not; undefined: no package of that name. @param {string} name */
export function debianSource(name) {
  if (!Object.hasOwn(SOURCES, name)) return undefined;
  const own = process.env[variable(name)];
  return own ? resolve(own) : join(cacheRoot(), `${name}-${SOURCES[name]?.version}`);
}

/** Archives to ask: those of the machine's own configuration first, which may be nearer, or all that it can reach. */
async function archives() {
  const { stdout } = await capture("apt-get", ["indextargets", "--format", "$(REPO_URI)"]);
  return [...new Set([...stdout.split("\n").map((uri) => uri.replace(/\/$/, "")), ARCHIVE].filter(Boolean))];
}

/**
 * Downloads a file of Debian's archive, verified.
 * @param {DebianSource} source @param {string} to @param {readonly string[]} from
 */
async function download({ file, sha256 }, to, from) {
  let reason = "";
  for (const archive of from) {
    const args = ["-oAPT::Sandbox::User=", "download-file", `${archive}/${file}`, to, `SHA256:${sha256}`];
    const { code, stderr } = await capture(HELPER, args, { env: { ...process.env, LC_ALL: "C" } });
    if (code === 0) return;
    reason = /^E: (.+)$/m.exec(stderr)?.[1] ?? stderr.trim().split("\n")[0] ?? "";
  }
  throw new SetupError(`cannot download ${file} of Debian's archive: ${reason}`);
}

/** Makes sure that the source of a package is there. @param {string} name one that debianSource() knows */
export async function setUpDebianSource(name) {
  const source = /** @type {DebianSource} */ (SOURCES[name]);
  const tree = /** @type {string} */ (debianSource(name));
  const complete = () => source.folders.every((part) => existsSync(join(tree, part)));
  if (complete()) return;
  if (process.env[variable(name)]) throw new SetupError(`${variable(name)}=${tree} is not the source of ${name}`);
  if (!haveApt()) {
    const remedy = `unpack ${ARCHIVE}/${source.file} and set ${variable(name)} to its folder`;
    throw new SetupError(`no apt-get that may fetch the source of ${name}: ${remedy}`);
  }
  await exclusively(`${name}-${source.version}`, async () => {
    if (complete()) return;
    const label = `the source of ${name} ${source.version}`;
    await withProgress(label, async () => provideSource(source, tree, await archives()));
  });
}

/**
 * Puts a source at `tree`: all of it or nothing.
 * @param {DebianSource} source @param {string} tree @param {readonly string[]} from archives
 */
export async function provideSource(source, tree, from) {
  mkdirSync(dirname(tree), { recursive: true });
  const work = mkdtempSync(`${tree}.tmp-`);
  try {
    const archive = join(work, "source.tar.xz");
    await download(source, archive, from);
    const files = join(work, "tree");
    mkdirSync(files);
    const select = ["--strip-components=1", "--wildcards", ...source.folders.map((path) => `*/${path}`)];
    const args = ["-x", "-J", "-f", archive, "--no-same-owner", "-C", files, "--no-wildcards-match-slash", ...select];
    const env = { ...process.env, LC_ALL: "C", PATH: await pathWithXz() };
    const { code, stderr } = await capture("tar", args, { env });
    if (code !== 0) throw new SetupError(`cannot unpack ${source.file}: ${stderr.trim().split("\n")[0]}`);
    rmSync(tree, { recursive: true, force: true });
    renameSync(files, tree);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
