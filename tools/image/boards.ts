// The boards that `kpi image` makes images for: what firmware and images are compiled with, where things lie, and what
// emulates the board. A folder below boards/ has the firmware's own part of each.

import { join } from "node:path";
import { KpiError } from "../../host/error.ts";
import { repoRoot } from "../setup/paths.mjs";
import { TEST_TOOLS } from "../setup/test-tools.mjs";

/** What an image's code is: a processor's, or wasm for the firmware to interpret. A slot has its place here plus one. */
export const KINDS = ["AOT-rv32", "WASM", "AOT-thumb2"] as const;
export type Kind = (typeof KINDS)[number];

/** What all boards have that boot from two slots (boards/firmware/slot.h). */
export const SLOT_BYTES = 0x400000;
export const SLOT_COUNT = 2;

interface Place {
  base: number;
  bytes: number;
}

export interface Files {
  /** What the emulator has as the firmware, and as memory of slots. */
  firmware: string;
  slots: string;
}

export interface Emulation {
  program: keyof typeof TEST_TOOLS;
  /** Sizes of the files; what is missing of them is filled up. */
  firmwareBytes: number;
  slotsBytes: number;
  args(files: Files, ramKiB: number): string[];
  /** Whether the board can switch itself off; else it is off once it says that it has halted. */
  powersOff: boolean;
}

export interface FirmwareBoard {
  name: string;
  /** What its images say that they are for. */
  id: number;
  /** Machine code of its processor. */
  native: Kind;
  /** Of the cross compiler's commands. */
  prefix: string;
  flags: readonly string[];
  /** Where the firmware lies, slots and RAM. */
  firmware: Place;
  slots: Place["base"];
  /** The most that it can have; images are made for what it has. */
  ram: Place;
  /** Whether it has a PCI bus. */
  pci: boolean;
  emulation: Emulation;
}

const quoted = (file: string): string => file.replaceAll(",", ",,");
const HEADLESS = ["-display", "none", "-monitor", "none"];
const drive = (unit: number, file: string): string[] => [
  "-drive",
  `if=pflash,unit=${unit},format=raw,file=${quoted(file)}`,
];

const RISCV_VIRT: FirmwareBoard = {
  name: "riscv-virt",
  id: 0x31565652, // "RVV1"
  native: "AOT-rv32",
  prefix: "riscv64-unknown-elf-",
  // The first ISA specification whose rv32imac has the CSR instructions, and a multilib.
  flags: ["-march=rv32imac", "-mabi=ilp32", "-misa-spec=2.2", "-mcmodel=medany"],
  firmware: { base: 0x20000000, bytes: 64 << 10 },
  slots: 0x22000000,
  ram: { base: 0x80000000, bytes: 64 << 20 },
  pci: true,
  emulation: {
    program: "qemu-system-riscv32",
    // Flash chips, of exactly this size.
    firmwareBytes: 32 << 20,
    slotsBytes: 32 << 20,
    args: ({ firmware, slots }, ramKiB) => [
      ...["-M", "virt", "-m", `${ramKiB}K`, "-bios", "none", ...HEADLESS],
      ...drive(0, firmware),
      ...drive(1, slots),
    ],
    powersOff: true,
  },
};

const MPS2_AN385: FirmwareBoard = {
  name: "mps2-an385",
  id: 0x3538334d, // "M385"
  native: "AOT-thumb2",
  prefix: "arm-none-eabi-",
  // r10 and r11 are an image's (boards/mps2-an385/arch.h).
  flags: ["-mcpu=cortex-m3", "-mthumb", "-mfloat-abi=soft", "-ffixed-r10", "-ffixed-r11"],
  // ZBT SSRAM 1; PSRAM; ZBT SSRAM 2 and 3.
  firmware: { base: 0, bytes: 64 << 10 },
  slots: 0x21000000,
  ram: { base: 0x20000000, bytes: 4 << 20 },
  pci: false,
  emulation: {
    program: "qemu-system-arm",
    firmwareBytes: 0,
    // All of the PSRAM, whose contents outlast a reset.
    slotsBytes: 16 << 20,
    args: ({ firmware, slots }) => [
      ...["-M", "mps2-an385,memory-backend=psram", "-kernel", firmware, ...HEADLESS],
      // Its network card wants to lead somewhere.
      ...["-nic", "user,restrict=on"],
      ...["-object", `memory-backend-file,id=psram,size=16M,share=on,mem-path=${quoted(slots)}`],
    ],
    powersOff: false,
  },
};

const BOARDS: readonly FirmwareBoard[] = [RISCV_VIRT, MPS2_AN385];

export const FIRMWARE_BOARDS: readonly string[] = BOARDS.map(({ name }) => name);

export function firmwareBoard(name: string): FirmwareBoard {
  const board = BOARDS.find((one) => one.name === name);
  if (!board) throw new KpiError(`no board ${name}: there are ${FIRMWARE_BOARDS.join(", ")}`, 2);
  return board;
}

/** The name of the board whose images say `id`. */
export const boardOfId = (id: number): string | undefined => BOARDS.find((board) => board.id === id)?.name;

/** Which kinds of image a board runs, what is best first. */
export const kindsOf = ({ native }: FirmwareBoard): readonly Kind[] => [native, "WASM"];

/** The kind of an image for a board. */
export function kindFor(board: FirmwareBoard, wanted: Kind = board.native): Kind {
  const kinds = kindsOf(board);
  if (kinds.includes(wanted)) return wanted;
  throw new KpiError(`board ${board.name} runs images of kind ${kinds.join(" or ")}, not ${wanted}`, 2);
}

/** Where the sources of the firmware are: those of all boards, and its own. */
export const sharedFolder = join(repoRoot, "boards/firmware");
export const boardFolder = ({ name }: FirmwareBoard): string => join(repoRoot, "boards", name);
