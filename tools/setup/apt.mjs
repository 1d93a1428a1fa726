// Debian packages, fetched without root and without touching the machine's own package state: apt-get over private list
// and cache folders, with the machine's sources, keys and proxies. apt verifies signatures and checksums.
import { createHash } from "node:crypto";
import {
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { exclusively, makeCacheFolder } from "./cache.mjs";
import { SetupError } from "./error.mjs";
import { cacheRoot } from "./paths.mjs";
import { capture, which } from "./process.mjs";

/**
 * @typedef {{ name: string, version?: string, arch?: string }} Package
 * arch: a Debian architecture, such as "mipsel"; this machine's own if it is not given
 */

// Hooks of the machine's own configuration (desktop notifications, clean-ups) have no business with private folders,
// and only Packages files are of use: no translations, sources, contents, or desktop metadata.
const CONFIG = `#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear Acquire::IndexTargets;
Acquire::IndexTargets::deb::Packages {
  MetaKey "$(COMPONENT)/binary-$(ARCHITECTURE)/Packages";
  flatMetaKey "Packages";
  ShortDescription "Packages";
  Description "$(RELEASE)/$(COMPONENT) $(ARCHITECTURE) Packages";
  Optional "false";
};
Acquire::Languages "none";
Acquire::GzipIndexes "true";
APT::Sandbox::User "";
Debug::NoLocking "true";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
`;

/** Does the user not want apt-get to be used? */
export function aptRefused() {
  const { KPI_APT = "" } = process.env;
  if (!["", "yes", "no"].includes(KPI_APT)) throw new SetupError(`KPI_APT=${KPI_APT} is neither yes nor no`, 2);
  return KPI_APT === "no";
}

/** Is there an apt-get on this machine that may be used? */
export function haveApt() {
  return !aptRefused() && which("apt-get") !== null && which("dpkg-deb") !== null;
}

/** One apt for one architecture: its lists must not be mixed up with another's. @param {string} [arch] */
function privateApt(arch) {
  const home = makeCacheFolder(join(cacheRoot(), `apt-${arch ?? "native"}`));
  for (const dir of ["lists/partial", "cache/archives/partial"]) mkdirSync(join(home, dir), { recursive: true });
  const config = join(home, "apt.conf");
  writeFileSync(config, CONFIG);
  const options = ["-c", config, `-oDir::State::Lists=${home}/lists`, `-oDir::Cache=${home}/cache`];
  if (arch) options.push(`-oAPT::Architecture=${arch}`, `-oAPT::Architectures=${arch}`);
  const env = { ...process.env, LC_ALL: "C" };
  return {
    home,
    run: (/** @type {string[]} */ args, cwd = home) => capture("apt-get", [...options, ...args], { cwd, env }),
  };
}

/** What apt complains about, in one line. @param {string} stderr */
function aptReason(stderr) {
  const complaints = [...stderr.matchAll(/^[EW]: (.+)$/gm)].map((match) => match[1]);
  return complaints.find((line) => line.startsWith("Failed to fetch")) ?? complaints[0] ?? "apt-get failed";
}

/** Where apt would get a package, as `apt-get download --print-uris` prints it. @param {string} line */
function parseUri(line) {
  const match = /^'.*' (\S+) (\d+) (?:(SHA\d+):([0-9a-f]+))?/m.exec(line);
  return match && { file: match[1], size: Number(match[2]), algorithm: match[3]?.toLowerCase(), digest: match[4] };
}

/** @param {string} file @param {string} algorithm */
async function digestOf(file, algorithm) {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

/**
 * Finds a package in Debian's archive. The package lists are fetched when those of the last time do not know it.
 * @param {Package} wanted
 */
export function locatePackage(wanted) {
  return exclusively(`apt-${wanted.arch ?? "native"}`, () => locate(wanted));
}

/** @param {Package} wanted */
async function locate({ name, version, arch }) {
  const apt = privateApt(arch);
  const spec = version ? `${name}=${version}` : name;
  const ask = async () => parseUri((await apt.run(["download", "--print-uris", spec])).stdout);
  const known = await ask();
  if (known) return { ...known, spec, apt };
  // A suite without this architecture makes update fail; what counts is whether the package is found afterwards.
  const update = await apt.run(["update"]);
  const found = await ask();
  if (found) return { ...found, spec, apt };
  const { stderr } = await apt.run(["download", "--print-uris", spec]);
  const reason = /Failed to fetch/.test(update.stderr) ? aptReason(update.stderr) : aptReason(stderr);
  throw new SetupError(`apt-get cannot find ${spec}${arch ? ` for ${arch}` : ""}: ${reason}`);
}

/**
 * Downloads what locatePackage found into a folder and returns the .deb, whole and verified. A download that was
 * interrupted is continued.
 * @param {Awaited<ReturnType<typeof locatePackage>>} found
 * @param {string} into
 * @param {(fraction: number) => void} [update]
 */
export async function downloadPackage({ file, size, algorithm, digest, spec, apt }, into, update = () => {}) {
  const partial = join(into, "partial");
  mkdirSync(partial, { recursive: true });
  const deb = join(partial, file);
  const poll = () => update((statSync(deb, { throwIfNoEntry: false })?.size ?? 0) / size);
  const timer = setInterval(poll, 100);
  try {
    const { code, stderr } = await apt.run(["download", spec], partial);
    if (code !== 0) throw new SetupError(`apt-get cannot download ${spec}: ${aptReason(stderr)}`);
  } finally {
    clearInterval(timer);
  }
  const whole = statSync(deb).size === size && (!algorithm || !digest || (await digestOf(deb, algorithm)) === digest);
  if (!whole) {
    rmSync(deb);
    throw new SetupError(`${file} is not what Debian's package list promises: run this again`);
  }
  const result = join(into, basename(file));
  renameSync(deb, result);
  return result;
}

/**
 * Downloads a package and unpacks it into a folder, which exists only once all of it is there.
 * @param {Package & { into: string }} wanted
 */
export async function fetchPackage({ name, version, arch, into }) {
  if (existsSync(into)) return into;
  mkdirSync(dirname(into), { recursive: true });
  const work = mkdtempSync(`${into}.tmp-`);
  try {
    const found = await locatePackage({ name, version, arch });
    const deb = await downloadPackage(found, work);
    const { code, stderr } = await capture("dpkg-deb", ["-x", deb, join(work, "tree")]);
    if (code !== 0) throw new SetupError(`${basename(deb)}: ${stderr.trim().split("\n")[0]}`);
    renameSync(join(work, "tree"), into);
    return into;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** A PATH with an xz on it: the machine's, or, where a small image has none, Debian's xz-utils in the cache. */
export async function pathWithXz() {
  const { PATH = "" } = process.env;
  if (which("xz") || !haveApt()) return PATH;
  return `${await fetchPackage({ name: "xz-utils", into: join(cacheRoot(), "xz-utils") })}/usr/bin:${PATH}`;
}
