// The sender of raw frames: blast.c, compiled by the machine's cc into the build folder.

import { spawnSync } from "node:child_process";
import { mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { KpiError } from "../../../host/error.ts";
import type { Namespace } from "../../lab/namespace.ts";
import { repoRoot } from "../../setup/paths.mjs";
import { which } from "../../setup/process.mjs";

const SOURCE = join(import.meta.dirname, "blast.c");

/** Why there can be none. */
export function whyNoBlaster(): string | undefined {
  return which("cc") ? undefined : "no C compiler (cc) here: apt-get install gcc libc6-dev";
}

export class Blaster {
  readonly #program: string;

  private constructor(program: string) {
    this.#program = program;
  }

  static make(): Blaster {
    const why = whyNoBlaster();
    if (why !== undefined) throw new KpiError(why);
    const folder = join(repoRoot, "build/bench");
    mkdirSync(folder, { recursive: true });
    const program = join(folder, "blast");
    const fresh = `${program}.${process.pid}`;
    const { status, stderr } = spawnSync("cc", ["-O2", "-Wall", "-o", fresh, SOURCE], { encoding: "utf8" });
    if (status !== 0) throw new KpiError(`cc does not compile blast.c: ${stderr.trim()}`);
    renameSync(fresh, program);
    return new Blaster(program);
  }

  /** Floods an interface of a namespace for some seconds. */
  async flood(namespace: Namespace, device: string, mac: string, length: number, seconds: number): Promise<void> {
    await namespace.output(this.#program, [device, mac, String(length), String(seconds)]);
  }
}
