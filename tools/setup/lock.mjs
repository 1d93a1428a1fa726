// A lock file, so that two set-ups at the same time do not do the same work into the same folder. Nothing is corrupted
// without it (work is done in folders of its own and renamed into place); it saves the second download.
//
// The file says who holds it. A holder that died is found at once by its process id, where that can be asked; a holder
// on another machine or in another container is taken for dead when it has not touched the file for a minute.
import { linkSync, readFileSync, readlinkSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { onAbort } from "./process.mjs";

const TOUCH_MS = 5_000;
const SILENT_MS = 60_000;
const POLL_MS = 200;

/** Process ids mean something only within one pid namespace of one boot. */
function here() {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return hostname();
  }
}

/** When a process started: tells it from a later one with the same id. @param {number} pid */
function startTime(pid) {
  try {
    // Field 22; the name in field 2 is in parentheses and may hold anything.
    return readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ")[19];
  } catch {
    return "";
  }
}

/** @param {{ pid: number, here: string, started: string }} holder @param {number} touched */
function isDead(holder, touched) {
  if (holder.here !== here()) return Date.now() - touched > SILENT_MS;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "ESRCH";
  }
  return startTime(holder.pid) !== holder.started;
}

/** Reads a lock file; null: it is gone. @param {string} file */
function read(file) {
  try {
    return { text: readFileSync(file, "utf8"), touched: statSync(file).mtimeMs };
  } catch {
    return null;
  }
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return { pid: 0, here: "unreadable", started: "" };
  }
}

/** Takes the lock by a hard link, which appears whole or not at all. @param {string} file @param {string} text */
function take(file, text) {
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, text);
  try {
    linkSync(mine, file);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Removes a dead holder's lock, unless another process was quicker and has it by now. */
function breakLock(/** @type {string} */ file, /** @type {string} */ text) {
  const aside = `${file}.${process.pid}.dead`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  if (readFileSync(aside, "utf8") !== text) {
    try {
      linkSync(aside, file);
    } catch {
      // A third process has taken it meanwhile.
    }
  }
  rmSync(aside, { force: true });
}

/**
 * Runs `work` while holding the lock file, waiting for another process that has it.
 * @template T
 * @param {string} file in a folder that exists
 * @param {() => Promise<T>} work
 * @param {(pid: number) => void} [onWait] called once when there is somebody to wait for
 * @returns {Promise<T>}
 */
export async function withLock(file, work, onWait = () => {}) {
  const { pid } = process;
  const text = JSON.stringify({ pid, here: here(), started: startTime(pid), nonce: Math.random() });
  for (let waiting = false; !take(file, text);) {
    const other = read(file);
    if (!other) continue;
    const holder = parse(other.text);
    if (isDead(holder, other.touched)) {
      breakLock(file, other.text);
      continue;
    }
    if (!waiting) onWait(holder.pid);
    waiting = true;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  const touch = setInterval(() => {
    const now = new Date();
    if (read(file)?.text === text) utimesSync(file, now, now);
  }, TOUCH_MS);
  const release = () => {
    if (read(file)?.text === text) rmSync(file, { force: true });
  };
  const forget = onAbort(release);
  try {
    return await work();
  } finally {
    clearInterval(touch);
    forget();
    release();
  }
}
