// The peer: a Debian guest in QEMU without an accelerator of its own, its card on a TAP in a namespace.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawn, type ChildProcess } from "node:child_process";
import { KpiError } from "../../../host/error.ts";
import type { Namespace } from "../../lab/namespace.ts";
import { testTool, whyMissing } from "../../setup/test-tools.mjs";
import { initramfs, peerKernel } from "./image.ts";

const DRIVERS: Readonly<Record<string, readonly string[]>> = {
  e1000: ["e1000"],
  rtl8139: ["8139cp"],
  pcnet: ["pcnet32"],
  ne2k_pci: ["ne2k_pci"],
  "virtio-net-pci": ["virtio_pci", "virtio_net"],
};

const MEMORY_MIB = 256;

export class Guest {
  /** When QEMU was started (performance.now). */
  readonly started = performance.now();
  readonly #child: ChildProcess;
  readonly #folder: string;
  #said = "";
  #heard: () => void = () => {};
  #commands = 0;

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
    child.stdout!.setEncoding("latin1").on("data", (text: string) => {
      this.#said += text;
      this.#heard();
    });
    child.once("close", () => this.#heard());
  }

  /** `tap`: the name of one in `namespace`; `address`: the guest's, with the length of its prefix. */
  static async start(namespace: Namespace, device: string, tap: string, mac: string, address: string): Promise<Guest> {
    const missing = whyMissing("qemu-system-x86_64");
    if (missing !== undefined) throw new KpiError(missing);
    const drivers = DRIVERS[device];
    if (!drivers)
      throw new KpiError(`the peer has no driver for ${device}; known: ${Object.keys(DRIVERS).join(", ")}`, 2);
    const kernel = await peerKernel();
    const folder = mkdtempSync(join(tmpdir(), "kpi-peer-"));
    const initrd = join(folder, "initrd");
    writeFileSync(initrd, await initramfs(kernel, drivers, address));
    const args = [
      ...["-machine", "pc", "-accel", "tcg", "-m", String(MEMORY_MIB), "-nodefaults", "-no-reboot", "-display", "none"],
      ...["-kernel", kernel.image, "-initrd", initrd, "-append", "console=ttyS0 quiet panic=-1", "-serial", "stdio"],
      ...["-netdev", `tap,id=net,ifname=${tap},script=no,downscript=no`],
      ...["-device", `${device},netdev=net,mac=${mac},romfile=`],
    ];
    const command = ["netns", "exec", namespace.name, testTool("qemu-system-x86_64")!, ...args];
    return new Guest(spawn(testTool("ip")!, command, { stdio: ["pipe", "pipe", "inherit"] }), folder);
  }

  /** QEMU's: ip(8) becomes what it executes. */
  get pid(): number {
    return this.#child.pid!;
  }

  /** Runs a command line in the guest; what it printed. */
  async shell(line: string): Promise<string> {
    const mark = `end-${this.#commands++}`;
    const from = this.#said.length;
    // The mark is not in what is typed: an echo of it is no answer.
    this.#child.stdin!.write(`${line}; echo en""d-${mark.slice(4)}.\n`);
    for (;;) {
      const end = this.#said.indexOf(`${mark}.`, from);
      if (end >= 0) return this.#said.slice(from, end).replaceAll("\r", "").trim();
      if (this.#child.exitCode !== null) throw new Error(`the guest has ended:\n${this.#said.slice(-2000)}`);
      await new Promise<void>((resolve) => (this.#heard = resolve));
    }
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const closed = new Promise((resolve) => this.#child.once("close", resolve));
      this.#child.kill("SIGKILL");
      await closed;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
