// Child processes of set-up. A signal that ends set-up ends them too, so that nothing goes on writing to the cache.
import { spawn } from "node:child_process";
import { accessSync, constants as access, existsSync, statSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, join } from "node:path";
import { cacheRoot, installed, node26 } from "./paths.mjs";

/** @type {Set<import("node:child_process").ChildProcess>} */
const running = new Set();
/** @type {Set<() => void>} */
const cleanups = new Set();
let listening = false;

// Not the signal that came: npm answers that one by tidying up for seconds, in the way of the next set-up. What is left
// lying about is in folders that nothing uses, and removed when the step is done again.
function onSignal(/** @type {NodeJS.Signals} */ signal) {
  for (const child of running) child.kill("SIGKILL");
  for (const cleanup of cleanups) cleanup();
  for (const other of SIGNALS) process.removeListener(other, onSignal);
  process.kill(process.pid, signal);
}

const SIGNALS = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]);

function listen() {
  if (listening) return;
  listening = true;
  for (const signal of SIGNALS) process.on(signal, onSignal);
}

/**
 * Calls back when a signal ends the process. Returns a function that takes the wish back.
 * @param {() => void} cleanup synchronous
 */
export function onAbort(cleanup) {
  listen();
  cleanups.add(cleanup);
  return () => cleanups.delete(cleanup);
}

/**
 * Starts a child that is killed along with set-up.
 * @param {string} command @param {string[]} args @param {import("node:child_process").SpawnOptions} [options]
 */
export function start(command, args, options = {}) {
  listen();
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
  running.add(child);
  const gone = () => running.delete(child);
  child.once("close", gone).once("error", gone);
  return child;
}

/**
 * Runs a command to its end and keeps what it says.
 * @param {string} command @param {string[]} args @param {import("node:child_process").SpawnOptions} [options]
 * @returns {Promise<{ code: number, stdout: string, stderr: string }>} code 127: there is no such command
 */
export function capture(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = start(command, args, options);
    let stdout = "";
    let stderr = "";
    child.stdout?.setEncoding("utf8").on("data", (text) => (stdout += text));
    child.stderr?.setEncoding("utf8").on("data", (text) => (stderr += text));
    child.once("error", (error) => {
      const missing = /** @type {NodeJS.ErrnoException} */ (error).code === "ENOENT";
      if (missing) resolve({ code: 127, stdout, stderr: `${command}: not found` });
      else reject(error);
    });
    child.once("close", (code) => resolve({ code: code ?? 1, stdout, stderr }));
  });
}

/** The file that a command name means on this PATH, or null. @param {string} name @param {string} [path] */
export function which(name, path = process.env.PATH ?? "") {
  return (
    path
      .split(delimiter)
      .filter(Boolean)
      .map((dir) => join(dir, name))
      .find(isProgram) ?? null
  );
}

/** @param {string} file */
export function isProgram(file) {
  try {
    accessSync(file, access.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** The environment of a program of the project. What Node 26 makes of source it keeps there: half of the time that a command
 *  takes to start would go into that. */
export const programEnv = () => ({ NODE_COMPILE_CACHE: join(cacheRoot(), "node"), ...process.env });

/** Where an installed package has none of npm's, the node that runs us is new enough (kpi.mjs). */
const node = () => (installed && !existsSync(node26) ? process.execPath : node26);

/**
 * Runs a program of the project on Node 26, on this terminal. Resolves to its exit code.
 * @param {string[]} args the program and its arguments, or options of node before them
 * @param {import("node:child_process").SpawnOptions} [options]
 * @returns {Promise<number>}
 */
export function runNode26(args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(node(), args, { stdio: "inherit", ...options });
    // A terminal sends its signals to the child as well; only what was sent to this process alone is passed on.
    const forward = (/** @type {NodeJS.Signals} */ signal) => {
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    };
    for (const signal of SIGNALS) process.removeListener(signal, onSignal).on(signal, forward);
    listening = false;
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      for (const other of SIGNALS) process.removeListener(other, forward);
      // Ended from outside, as a Ctrl-C does: then so does this process. A crash is an exit code, as in a shell.
      if (signal && SIGNALS.some((other) => other === signal)) process.kill(process.pid, signal);
      else resolve(code ?? 128 + constants.signals[/** @type {NodeJS.Signals} */ (signal)]);
    });
  });
}

/**
 * Runs a program of the project as the last thing this process does: in its place where node can do that
 * (26 can), so that signals, terminal and exit code are the program's own.
 * @param {string[]} args @returns {Promise<number>}
 */
export async function becomeNode26(args) {
  if (process.execve) process.execve(node(), [node(), ...args], programEnv());
  return runNode26(args, { env: programEnv() });
}
