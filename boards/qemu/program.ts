// The program: where it is, what it says when it refuses to start.

import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { KpiError } from "../../host/error.ts";

export const QEMU = "qemu-system-x86_64";

/** The first version with `-netdev stream`. */
const OLDEST = [7, 2] as const;

/** A program's file, as a shell finds it. */
export function findProgram(name: string): string | undefined {
  return (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

export function findQemu(): string {
  const file = findProgram(QEMU);
  if (file) return file;
  throw new KpiError(`board qemu needs ${QEMU}, which is not on the PATH; Debian has it in package qemu-system-x86`);
}

/** Why QEMU did not start: it is too old for its command line, or what it said in its last line. */
export function refusal(file: string, stderr: string, extra: readonly string[]): KpiError {
  const version = /version (\d+)\.(\d+)[\d.]*/.exec(
    spawnSync(file, ["--version"], { encoding: "utf8", timeout: 10_000 }).stdout ?? "",
  );
  if (version) {
    const [major, minor] = [Number(version[1]), Number(version[2])];
    if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
      return new KpiError(`${file} is ${version[0]}; board qemu needs QEMU ${OLDEST.join(".")} or newer`);
    }
  }
  const said = lastWords(stderr);
  if (said === "") return new KpiError(`${file} ends at once, without a word`);
  // "-device e1000,netdev=net0,addr=03.0,x=1: Property 'e1000.x' not found": what is wrong with our own command line.
  const device = /^-device ([^,]*?)(?:,.*?)?: (.*)/.exec(said);
  return device
    ? new KpiError(`QEMU refuses device ${device[1]}: ${device[2]}`, 2)
    : new KpiError(
        `QEMU says: ${said}`,
        extra.some((option) => said.startsWith(`${option} `) || said.startsWith(`${option}:`)) ? 2 : 1,
      );
}

/** The last line that QEMU began with its name ("qemu" for what a device cannot go on from), without it; no warning. */
export function lastWords(stderr: string): string {
  const lines = stderr
    .split("\n")
    .flatMap((line) => /^(?:qemu|qemu-system-x86_64): (?!warning: )(.*)/.exec(line)?.[1] ?? []);
  return lines.at(-1)?.trim() ?? "";
}
