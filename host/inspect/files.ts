// /dev, /proc and /sys as a shell sees them: what can be listed, read and written by path.

import { posix } from "node:path";
import { KpiError } from "../error.ts";
import { errorName, errorText } from "../errno.ts";
import { cString, withBuffer } from "../machine/kernel-buffer.ts";
import type { System } from "../system.ts";
import { deviceNodes } from "./devices.ts";
import { kallsymsText } from "./kallsyms.ts";

export interface FolderEntry {
  readonly name: string;
  readonly kind: "file" | "folder" | "link";
}

/** An attribute's text is at most a page; of a binary one so much is read at once. */
const PAGE = 4096;
const FOLDER_BYTES = 65536;
/** So much of a device is read as a file. */
const DEVICE_BYTES = 1 << 20;

/** Files of /proc that the host makes, and the one that can only be written. */
const HOST_FILES: Readonly<Record<string, (system: System) => string>> = { kallsyms: kallsymsText };
const SYSRQ_TRIGGER = "sysrq-trigger";

const ENOENT = -2;
const EIO = -5;
const EACCES = -13;
const ENOTDIR = -20;
const EISDIR = -21;
const EINVAL = -22;
const EFBIG = -27;

function failure(path: string, errno: number): KpiError {
  return new KpiError(`${path}: ${errorText(errno)}`, 1, errorName(errno));
}

type Tree = "" | "dev" | "proc" | "sys";

/** What a path names: `inside` is the rest below /dev, /proc or /sys, without a slash at its ends. */
function place(path: string): { tree: Tree; inside: string } {
  const plain = posix.normalize(posix.resolve("/", path));
  const [, tree, inside = ""] = /^\/(dev|proc|sys)(?:\/(.*))?$/.exec(plain) ?? [];
  if (tree === undefined && plain !== "/") throw failure(path, ENOENT);
  return { tree: (tree ?? "") as Tree, inside };
}

/** Calls an export of fs/sysfs with the path and `size` more bytes, and hands what it says to `use`. */
async function sysfs(
  { machine }: System,
  operation: string,
  inside: string,
  size: number,
  args: (buffer: number) => number[],
): Promise<{ result: number; bytes: Uint8Array }> {
  const path = cString(`/sys/${inside}`);
  return withBuffer(machine, size + path.length, async (buffer) => {
    machine.text.bytes.set(path, buffer + size);
    const result = await machine.callExport(operation, [buffer + size, ...args(buffer)]);
    return { result, bytes: machine.text.bytes.slice(buffer, buffer + Math.max(0, result)) };
  });
}

async function readAttribute(system: System, path: string, inside: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  // Binary attributes go on where the last page ended; those with text say all at once.
  for (let offset = 0; ;) {
    const { result, bytes } = await sysfs(system, "kpi_sysfs_read", inside, PAGE, (buffer) => [buffer, PAGE, offset]);
    if (result < 0) throw failure(path, result);
    parts.push(bytes);
    offset += result;
    if (result < PAGE) return Buffer.concat(parts);
  }
}

/** What a device gives until its end. Some have none. */
async function readDevice(system: System, path: string): Promise<Uint8Array> {
  await using file = await system.devices.open(path, "r");
  const parts: Uint8Array[] = [];
  for (let part, left = DEVICE_BYTES; (part = await file.read(PAGE)).length > 0; left -= part.length) {
    if (left <= 0) throw failure(path, EFBIG);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** What is in a file. */
export async function readFile(system: System, path: string): Promise<Uint8Array> {
  const { tree, inside } = place(path);
  if (tree === "sys" && inside !== "") return readAttribute(system, path, inside);
  if (tree === "dev" && inside !== "") return readDevice(system, path);
  if (tree !== "proc" || inside === "") throw failure(path, EISDIR);
  if (inside === SYSRQ_TRIGGER) throw failure(path, EIO);
  if (Object.hasOwn(HOST_FILES, inside)) return Buffer.from(HOST_FILES[inside]!(system));
  if (procFiles(system).some((name) => name.startsWith(`${inside}/`))) throw failure(path, EISDIR);
  try {
    return Buffer.from(system.procRead(inside));
  } catch (error) {
    if (error instanceof KpiError && error.code === "ENOENT") throw failure(path, ENOENT);
    throw error;
  }
}

/** Writes `text` to a file, as `echo` would. */
export async function writeFile(system: System, path: string, text: string): Promise<void> {
  const { tree, inside } = place(path);
  if (tree === "proc" && inside === SYSRQ_TRIGGER) return sysrq(system, text);
  if (tree === "dev" && inside !== "") {
    await using file = await system.devices.open(path, "w");
    await file.write(text);
    return;
  }
  if (tree === "proc")
    throw failure(path, inside === "" ? EISDIR : procFiles(system).includes(inside) ? EACCES : ENOENT);
  if (tree === "" || inside === "") throw failure(path, EISDIR);
  const value = Buffer.from(text);
  if (value.length >= PAGE) throw failure(path, EINVAL);
  const { machine } = system;
  const name = cString(`/sys/${inside}`);
  const result = await withBuffer(machine, value.length + name.length, async (buffer) => {
    machine.text.bytes.set(value, buffer);
    machine.text.bytes.set(name, buffer + value.length);
    return machine.callExport("kpi_sysfs_write", [buffer + value.length, buffer, value.length, 0]);
  });
  if (result < 0) throw failure(path, result);
}

/** Asks the kernel for one of its reports: the first character of `text` says which, as on Linux. */
export function sysrq({ machine }: System, text: string): void {
  machine.hostCall((core) => core.kpi_sysrq(text.codePointAt(0) ?? 0));
}

/** The files of /proc by their names below it. */
function procFiles(system: System): string[] {
  const names = system.procRead("").split("\n").filter(Boolean);
  return [...names, ...Object.keys(HOST_FILES), SYSRQ_TRIGGER].sort();
}

/** What is in the folder `inside` of a tree of which `names` are the files. */
function folderOf(names: readonly string[], path: string, inside: string): FolderEntry[] {
  if (names.includes(inside)) throw failure(path, ENOTDIR);
  const prefix = inside === "" ? "" : `${inside}/`;
  const found = new Map<string, FolderEntry>();
  for (const name of names) {
    if (!name.startsWith(prefix)) continue;
    const [first, more] = name.slice(prefix.length).split("/") as [string, string?];
    found.set(first, { name: first, kind: more === undefined ? "file" : "folder" });
  }
  if (found.size === 0 && inside !== "") throw failure(path, ENOENT);
  return [...found.values()];
}

const KINDS: Readonly<Record<string, FolderEntry["kind"]>> = { "/": "folder", "@": "link" };

/** What is in a folder, by name. */
export async function listFolder(system: System, path: string): Promise<FolderEntry[]> {
  const { tree, inside } = place(path);
  if (tree === "")
    return [
      { name: "dev", kind: "folder" },
      { name: "proc", kind: "folder" },
      { name: "sys", kind: "folder" },
    ];
  if (tree === "proc") return folderOf(procFiles(system), path, inside);
  if (tree === "dev") return folderOf(await deviceNodes(system.machine), path, inside);
  const { result, bytes } = await sysfs(system, "kpi_sysfs_list", inside, FOLDER_BYTES, (buffer) => [
    buffer,
    FOLDER_BYTES,
  ]);
  if (result < 0) throw failure(path, result);
  return Buffer.from(bytes)
    .toString()
    .split("\n")
    .filter(Boolean)
    .map((line): FolderEntry => {
      const kind = KINDS[line.at(-1)!];
      return kind ? { name: line.slice(0, -1), kind } : { name: line, kind: "file" };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Where a link of /sys leads. */
export async function readLink(system: System, path: string): Promise<string> {
  const { tree, inside } = place(path);
  if (tree !== "sys") throw failure(path, EINVAL);
  const { result, bytes } = await sysfs(system, "kpi_sysfs_readlink", inside, PAGE, (buffer) => [buffer, PAGE]);
  if (result < 0) throw failure(path, result);
  return Buffer.from(bytes).toString();
}
