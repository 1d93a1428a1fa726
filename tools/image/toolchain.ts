// The cross compiler of Debian (gcc-riscv64-unknown-elf, picolibc-riscv64-unknown-elf) and how it is called.

import { join } from "node:path";
import { repoRoot } from "../setup/paths.mjs";

export const CROSS = "riscv64-unknown-elf-";
export const crossTool = (name: string): string => CROSS + name;

export const boardFolder = join(repoRoot, "boards/riscv-virt");

/** The first ISA specification whose rv32imac has the CSR instructions, and a multilib. */
export const CROSS_FLAGS = [
  "-march=rv32imac",
  "-mabi=ilp32",
  "-misa-spec=2.2",
  "-mcmodel=medany",
  "--specs=picolibc.specs",
  "-Os",
  "-std=gnu17",
  "-Wall",
  "-Wextra",
  "-fno-common",
  "-ffreestanding",
];
