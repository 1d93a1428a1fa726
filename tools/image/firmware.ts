// Builds the resident firmware of boards/riscv-virt: one call of gcc, the same bytes each time.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as map from "../../assembly/arch/wasm/memory.ts";
import { KpiError } from "../../host/error.ts";
import { MODULE_SLOTS } from "../../host/machine/boot-block.ts";
import type { Kind } from "./slot.ts";
import { boardFolder, CROSS, CROSS_FLAGS, crossTool } from "./toolchain.ts";

/** The memory map of the core, for C. */
function memoryMap(): string {
  const lines = Object.entries(map).map(([name, value]) => `#define ${name} 0x${(value >>> 0).toString(16)}u`);
  return [...lines, `#define FIRST_MODULE_SLOT ${MODULE_SLOTS}u`, ""].join("\n");
}

export interface Firmware {
  flash: Buffer;
  elf: Buffer;
}

/** What of RAM is the firmware's: variables and stacks (boards/riscv-virt/firmware.ld). */
export const FIRMWARE_RAM = 40 << 10;

/** What an interpreted image needs of RAM besides: values for each native stack (boards/riscv-virt/interpreter.h). */
const VALUES_RAM = 64 << 10;

/** Linear memory of an image on a board with so much RAM. */
export const memoryOf = (ramBytes: number, kind: Kind): number =>
  ramBytes - FIRMWARE_RAM - (kind === "WASM" ? VALUES_RAM : 0);

/** The firmware of a board with so much RAM. */
export function buildFirmware(ramBytes: number): Firmware {
  const folder = mkdtempSync(join(tmpdir(), "kpi-firmware-"));
  try {
    writeFileSync(join(folder, "memory-map.h"), memoryMap());
    const sources = readdirSync(boardFolder)
      .filter((name) => /\.[cS]$/.test(name) && name !== "image.c")
      .sort()
      .map((name) => join(boardFolder, name));
    const flags = ["-ffunction-sections", "-fdata-sections", `-ffile-prefix-map=${boardFolder}=.`, `-I${folder}`];
    const link = [
      "-nostartfiles",
      "-nostdlib",
      "-T",
      join(boardFolder, "firmware.ld"),
      "-Wl,--gc-sections",
      "-lc",
      "-lgcc",
    ];
    const define = `-DRAM_BYTES=${ramBytes}u`;
    execFileSync(crossTool("gcc"), [...CROSS_FLAGS, ...flags, define, ...sources, ...link, "-o", "firmware.elf"], {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
    execFileSync(crossTool("objcopy"), ["-O", "binary", "firmware.elf", "firmware.bin"], { cwd: folder });
    return { flash: readFileSync(join(folder, "firmware.bin")), elf: readFileSync(join(folder, "firmware.elf")) };
  } catch (error) {
    const { stderr, code } = error as { stderr?: Buffer; code?: string };
    if (code === "ENOENT")
      throw new KpiError(
        `${CROSS}gcc is not installed; as root: apt-get install gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf`,
      );
    if (stderr) throw new KpiError(`${CROSS}gcc refuses the firmware: ${stderr.toString().slice(0, 4000)}`);
    throw error;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
