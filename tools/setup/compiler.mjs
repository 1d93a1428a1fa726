// The C compiler. For tools/kbuild and set-up alike:
//
//   import { findClang } from "../setup/compiler.mjs";
//   const clang = findClang();
//
// gives one of
//   { kind: "native", clang: "/usr/bin/clang-19", wasmLd: "/usr/bin/wasm-ld-19", version: "19.1.7" }
//     programs to run; clang is 17 or newer and has the wasm32 target, wasm-ld is not older than clang
//   { kind: "yowasp", module: "/…/@yowasp/clang/gen/bundle.js", version: "22.0.0-git20542-10" }
//     an ES module, LLVM compiled to wasm: `const { commands } = await import(pathToFileURL(module).href)`, then
//     commands.clang(argv, files), commands["wasm-ld"](argv, files); its default CPU differs, so give -mcpu
//   null
//     there is none: `await setUpCompiler()` installs the second kind into the cache (100 MB)
//
// `version` belongs into the key of whatever is cached. findClang() is synchronous; it starts programs only when the
// clangs on the PATH have changed since the last call (their files' times and sizes are kept in the cache).
// KPI_CLANG=<program> picks a clang, KPI_CLANG=yowasp the npm package; one that cannot be used throws a SetupError.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { basename, delimiter, dirname, join, resolve } from "node:path";
import { exclusively, makeCacheFolder } from "./cache.mjs";
import { SetupError } from "./error.mjs";
import { installApart } from "./npm.mjs";
import { cacheRoot } from "./paths.mjs";
import { isProgram, which } from "./process.mjs";
import { withProgress } from "./progress.mjs";

const OLDEST = 17;
const YOWASP = "@yowasp/clang";
const YOWASP_VERSION = "22.0.0-git20542-10";

/** @typedef {{ kind: "native", clang: string, wasmLd: string, version: string }} NativeClang */
/** @typedef {{ kind: "yowasp", module: string, version: string }} YowaspClang */
/** @typedef {NativeClang | YowaspClang} Clang */

/** The files in the PATH's folders with this name, with or without a version. @param {string} name */
function programs(name) {
  const pattern = new RegExp(`^${name}(-\\d+)?$`);
  return (process.env.PATH ?? "")
    .split(delimiter)
    .filter(Boolean)
    .flatMap((dir) => {
      try {
        return readdirSync(dir)
          .filter((file) => pattern.test(file))
          .map((file) => join(dir, file))
          .filter(isProgram);
      } catch {
        return [];
      }
    });
}

/** What a program prints, or "" when it fails. @param {string} program @param {string[]} args */
function output(program, args) {
  const { status, stdout } = spawnSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return status === 0 ? stdout : "";
}

/** The version in what `--version` prints, such as "Debian clang version 19.1.7 (3)". @param {string} program */
function versionOf(program) {
  return /\b(?:clang version|LLD) (\d+(?:\.\d+)*)/.exec(output(program, ["--version"]))?.[1] ?? "";
}

/** @param {string} version */
const major = (version) => Number.parseInt(version, 10) || 0;

/**
 * The linker for a clang: the one of the same name or installation first.
 * @param {string} clang @param {number} oldest
 */
function linkerFor(clang, oldest) {
  const suffix = /-\d+$/.exec(basename(clang))?.[0] ?? "";
  const beside = [join(dirname(clang), `wasm-ld${suffix}`), join(dirname(realpathSync(clang)), "wasm-ld")];
  const candidates = [...beside.filter(isProgram), ...programs("wasm-ld")];
  return candidates.find((linker) => major(versionOf(linker)) >= oldest) ?? null;
}

/** Why a clang cannot be used, or the clang. @param {string} clang @returns {NativeClang | string} */
function examine(clang) {
  const version = versionOf(clang);
  if (!version) return "is not a clang that runs";
  if (major(version) < OLDEST) return `is clang ${version}, older than ${OLDEST}`;
  if (!/^\s*wasm32\s/m.test(output(clang, ["--print-targets"]))) return `(clang ${version}) has no wasm32 target`;
  const wasmLd = linkerFor(clang, major(version));
  if (!wasmLd) return `(clang ${version}) has no wasm-ld of its version beside it`;
  return { kind: "native", clang, wasmLd, version };
}

/** The clang on the PATH to use: plain `clang` when it will do, else the newest. @returns {NativeClang | null} */
function newestNative() {
  const suffix = (/** @type {string} */ file) => Number(/-(\d+)$/.exec(basename(file))?.[1] ?? Infinity);
  const candidates = programs("clang").sort((a, b) => suffix(b) - suffix(a));
  for (const candidate of candidates) {
    const found = examine(candidate);
    if (typeof found !== "string") return found;
  }
  return null;
}

/** newestNative(), but looking again only when a clang or wasm-ld has changed. @returns {NativeClang | null} */
function findNative() {
  const stamp = (/** @type {string} */ file) => `${file} ${statSync(file).mtimeMs} ${statSync(file).size}`;
  const key = [...programs("clang"), ...programs("wasm-ld")].map(stamp).join("\n");
  if (key === "") return null;
  const file = join(cacheRoot(), "clang.json");
  try {
    const kept = JSON.parse(readFileSync(file, "utf8"));
    if (kept.key === key) return kept.found;
  } catch {
    // Asked for the first time.
  }
  const found = newestNative();
  try {
    makeCacheFolder(cacheRoot());
    writeFileSync(file, JSON.stringify({ key, found }));
  } catch {
    // Without a cache it is asked each time.
  }
  return found;
}

/** @returns {YowaspClang | null} */
function findYowasp() {
  const module = join(yowaspFolder(), "node_modules", YOWASP, "gen/bundle.js");
  return existsSync(module) ? { kind: "yowasp", module, version: YOWASP_VERSION } : null;
}

const yowaspFolder = () => join(cacheRoot(), `yowasp-clang-${YOWASP_VERSION}`);

/**
 * The compiler to use, or null. Described at the top of this file.
 * @param {string | undefined} name as KPI_CLANG has it @returns {Clang | null}
 */
export function findClang(name = process.env.KPI_CLANG) {
  if (!name) return findNative() ?? findYowasp();
  if (name === "yowasp") return findYowasp();
  const clang = name.includes("/") ? resolve(name) : which(name);
  const found = clang && isProgram(clang) ? examine(clang) : "is not a program";
  if (typeof found !== "string") return found;
  const remedy = `name a clang ${OLDEST} or newer with wasm32 and wasm-ld, or unset it`;
  throw new SetupError(`KPI_CLANG=${name} ${found}: ${remedy}`);
}

/** Makes sure that there is a compiler. @param {string | undefined} name as KPI_CLANG has it @returns {Promise<Clang>} */
export async function setUpCompiler(name = process.env.KPI_CLANG) {
  const found = findClang(name);
  if (found) return found;
  const into = yowaspFolder();
  await exclusively(basename(into), async () => {
    if (findYowasp()) return;
    makeCacheFolder(dirname(into));
    const why = name ? "" : `no clang ${OLDEST} or newer with wasm32 here: `;
    await withProgress(`${why}npm package ${YOWASP} (100 MB)`, (update) => {
      return installApart(YOWASP, YOWASP_VERSION, into, 105e6, update);
    });
  });
  return /** @type {YowaspClang} */ (findYowasp());
}
