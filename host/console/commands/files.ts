// cat, ls, echo: /proc and /sys.

import { posix } from "node:path";
import { KpiError } from "../../error.ts";
import { listFolder, readFile, readLink, writeFile } from "../../inspect/files.ts";
import type { System } from "../../system.ts";
import { type ConsoleCommand, linesOf, parseWords, usageError } from "../command.ts";

/** The paths that begin as `word` does; a folder's ends in a slash, so that the next Tab goes on below it. */
async function completePath(system: System, word: string): Promise<string[]> {
  const slash = word.lastIndexOf("/");
  const folder = slash < 0 ? "/" : word.slice(0, slash + 1);
  try {
    const entries = await listFolder(system, folder);
    return Promise.all(
      entries.map(async ({ name, kind }) => {
        const path = `${folder}${name}`;
        return kind === "folder" || (kind === "link" && (await isFolder(system, path))) ? `${path}/` : path;
      }),
    );
  } catch (error) {
    if (error instanceof KpiError) return [];
    throw error;
  }
}

async function isFolder(system: System, path: string): Promise<boolean> {
  return listFolder(system, path).then(
    () => true,
    () => false,
  );
}

const lastPath = (system: System, words: readonly string[]): Promise<string[]> =>
  completePath(system, words.at(-1) ?? "");

/** Says which command failed, as the real ones do. */
async function as<T>(name: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof KpiError && error.code) throw new KpiError(`${name}: ${error.message}`, 1, error.code);
    throw error;
  }
}

/** What a terminal shows of a file: text, or of a binary attribute (configuration space) a dump, as hexdump -C. */
function contentLines(bytes: Uint8Array): string[] {
  const binary = bytes.some((byte) => byte < 0x20 && byte !== 0x0a && byte !== 0x09);
  if (!binary) return linesOf(Buffer.from(bytes).toString());
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = [...bytes.slice(at, at + 16)];
    const hex = row.map((byte, i) => byte.toString(16).padStart(2, "0") + (i === 7 ? " " : "")).join(" ");
    const text = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".")).join("");
    lines.push(`${at.toString(16).padStart(8, "0")}  ${hex.padEnd(48)}  |${text}|`);
  }
  return [...lines, bytes.length.toString(16).padStart(8, "0")];
}

export const cat: ConsoleCommand = {
  name: "cat",
  usage: "PATH…",
  summary: "files of /proc and /sys, as /proc/interrupts or /sys/module/8139cp/parameters/debug",
  async run({ system }, args) {
    if (args.length === 0 || args.some((arg) => arg.startsWith("-"))) throw usageError(cat);
    const data: { path: string; text: string }[] = [];
    const lines: string[] = [];
    for (const path of args) {
      const bytes = await as("cat", readFile(system, path));
      // Bytes that are no UTF-8 become U+FFFD; such a file is better read with od, or over the API.
      data.push({ path, text: Buffer.from(bytes).toString() });
      lines.push(...contentLines(bytes));
    }
    return { data, lines };
  },
  complete: lastPath,
};

export const ls: ConsoleCommand = {
  name: "ls",
  usage: "[-l] [PATH…]",
  summary: "what is in folders of /proc and /sys",
  details: [["-l", "with where links lead"]],
  async run({ system }, args) {
    const { values, positionals } = parseWords(ls, args, { long: { type: "boolean", short: "l" } }, [0, 100]);
    const paths = positionals.length > 0 ? positionals : ["/"];
    const data: { path: string; entries: { name: string; kind: string; target?: string }[] }[] = [];
    for (const path of paths) {
      const entries = await as("ls", listFolder(system, path));
      const full = entries.map(async (entry) => {
        const target = entry.kind === "link" ? await readLink(system, posix.join(path, entry.name)) : undefined;
        return { ...entry, ...(target !== undefined && { target }) };
      });
      data.push({ path, entries: await Promise.all(full) });
    }
    const lines = data.flatMap(({ path, entries }, index) => [
      ...(data.length > 1 ? [...(index > 0 ? [""] : []), `${path}:`] : []),
      ...entries.map(({ name, kind, target }) => {
        if (!values.long) return name;
        return `${{ file: "-", folder: "d", link: "l" }[kind]} ${name}${target ? ` -> ${target}` : ""}`;
      }),
    ]);
    return { data, lines };
  },
  complete: lastPath,
};

export const echo: ConsoleCommand = {
  name: "echo",
  usage: "[-n] WORD… [> PATH]",
  summary: "print words, or write them to a file: echo 1500 > /sys/class/net/eth0/mtu",
  details: [["-n", "without a newline at the end"]],
  async run({ system }, args) {
    const rest = args[0] === "-n" ? args.slice(1) : args;
    const newline = args[0] === "-n" ? "" : "\n";
    const arrow = rest.indexOf(">");
    if (arrow < 0) return { data: rest.join(" "), lines: [rest.join(" ")] };
    if (arrow !== rest.length - 2) throw usageError(echo);
    const text = rest.slice(0, arrow).join(" ") + newline;
    await as("echo: write error", writeFile(system, rest.at(-1)!, text));
    return undefined;
  },
  complete: (system, words) => (words.at(-2) === ">" ? lastPath(system, words) : [">"]),
};
