// Kinds AOT-…: the linked image as machine code of a board's processor, by wasm2c and gcc.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KpiError } from "../../host/error.ts";
import { MODULE_SLOTS } from "../../host/machine/boot-block.ts";
import { sharedFolder, type FirmwareBoard } from "./boards.ts";
import type { DataSegment } from "./data.ts";
import { ABI_VERSION, GLOBALS, IMAGE_MAGIC } from "./image-header.ts";
import { KERNEL_ENTRIES } from "./kernel-entries.ts";
import type { Step } from "./step.ts";
import { crossTool, type Tool } from "./toolchain.ts";
import { translate, type Translation } from "./to-c.ts";

/** Any address will do for code that runs at any; a second one shows that it does. */
const LINK_AT = [0x22000000, 0x23500000] as const;

export interface BootStep {
  slot: number;
  argument: number;
  name: string;
  /** The module's part of memory. */
  base: number;
  bytes: number;
}

export interface AotOptions {
  memoryBytes: number;
  steps: readonly BootStep[];
  /** Data of the drivers, beside that of the code. */
  data: readonly DataSegment[];
  /** A page of linear memory for the firmware. */
  scratch: number;
  /** Where the core's arena begins. */
  arena: number;
  /** Whether the board halts after a panic, instead of starting again. */
  halts: boolean;
  /** Table slot of kpi_rmmod. */
  rmmod: number;
}

/** The header, function table and data as assembler text: C has no difference of two addresses as a constant. */
function tables({ table, globals, data: own }: Translation, options: AotOptions): string {
  const data = [...own, ...options.data];
  const byslot = new Map(table.map((entry) => [entry.slot, entry]));
  const coreSlots = Math.max(...table.map(({ slot }) => slot).filter((slot) => slot < MODULE_SLOTS)) + 1;
  const end = Math.max(MODULE_SLOTS - 1, ...table.map(({ slot }) => slot)) + 1;
  const slots = [
    ...Array.from({ length: coreSlots }, (_, i) => byslot.get(i)),
    ...Array.from({ length: end - MODULE_SLOTS }, (_, i) => byslot.get(MODULE_SLOTS + i)),
  ];
  const offset = (name: string): string => `.word ${name} - image_start`;
  return [
    '.section .image.header, "a"',
    ".global image_start, table_offsets, table_types, table_core_slots, table_slots",
    "image_start:",
    `.word ${IMAGE_MAGIC}, ${ABI_VERSION}`,
    `.word ${options.memoryBytes}`,
    ...Array.from({ length: GLOBALS }, (_, i) => `.word ${parseInt(globals[i]?.value ?? "0", 10)}`),
    ...KERNEL_ENTRIES.map((name) => offset(`w2c_board_${name}`)),
    offset("data_runs"),
    `.word ${data.length}`,
    offset("steps"),
    `.word ${options.steps.length}`,
    `.word ${options.scratch}, ${options.arena}`,
    offset("table_offsets"),
    `.word ${coreSlots}, ${slots.length}, 0, ${Number(options.halts)}, ${options.rmmod}`,
    "table_offsets:",
    ...slots.map((entry) => (entry ? offset(entry.name) : ".word 0")),
    "data_runs:",
    ...data.map(({ address, bytes }, i) => `.word ${address}, ${bytes.length}, data_${i} - image_start`),
    "steps:",
    ...options.steps.map(
      ({ slot, argument, base, bytes }, i) => `.word ${slot}, ${argument}, name_${i} - image_start, ${base}, ${bytes}`,
    ),
    "table_types:",
    ...slots.map((entry) => `.byte ${entry ? Number(entry.type.slice(1)) + 1 : 0}`),
    ...options.steps.map(({ name }, i) => `name_${i}: .asciz "${name}"`),
    ...data.map(({ bytes }, i) => `data_${i}: .byte ${[...bytes].join(",")}`),
    ".balign 4",
    "",
  ].join("\n");
}

function defines({ table, globals }: Translation, options: AotOptions): string[] {
  const coreSlots = Math.max(...table.map(({ slot }) => slot).filter((slot) => slot < MODULE_SLOTS)) + 1;
  const end = Math.max(MODULE_SLOTS - 1, ...table.map(({ slot }) => slot)) + 1;
  return [
    `-DMEMORY_BYTES=${options.memoryBytes}u`,
    `-DCORE_SLOTS=${coreSlots}u`,
    `-DFIRST_MODULE_SLOT=${MODULE_SLOTS}u`,
    `-DALL_SLOTS=${coreSlots + end - MODULE_SLOTS}u`,
    ...globals.map(({ name }, i) => `-D${name}=global[${i}]`),
  ];
}

export interface AotBody {
  body: Buffer;
  /** The output of nm -n -S: its functions by address, with their sizes. */
  symbols: string;
}

export async function compileAot(
  board: FirmwareBoard,
  image: Uint8Array,
  options: AotOptions,
  step: Step,
): Promise<AotBody> {
  const translation = translate(image, KERNEL_ENTRIES);
  if (translation.globals.length > GLOBALS) throw new KpiError(`the image has ${translation.globals.length} globals`);
  const folder = mkdtempSync(join(tmpdir(), "kpi-aot-"));
  const run = (tool: Tool, ...args: string[]): Promise<string> =>
    crossTool(board, tool, args, { cwd: folder, what: "image" });
  try {
    writeFileSync(join(folder, "tables.S"), tables(translation, options));
    const flags = ["-fPIE", "-fvisibility=hidden", "-ffunction-sections", ...defines(translation, options)];
    const compiled = await step(board.native, [translation.c, ...flags], async () => {
      writeFileSync(join(folder, "board.c"), translation.c);
      await run("gcc", ...flags, "-c", "board.c", "-o", "board.o", "-Wno-unused");
      return readFileSync(join(folder, "board.o"));
    });
    writeFileSync(join(folder, "board.o"), compiled);
    await Promise.all([
      run("gcc", ...flags, "-c", join(sharedFolder, "image.c"), "-o", "image.o"),
      run("gcc", ...flags, "-c", "tables.S", "-o", "tables.o"),
    ]);
    const script = readFileSync(join(sharedFolder, "image.ld"), "utf8");
    const objects = ["tables.o", "image.o", "board.o"];
    const link = ["-T", "image.ld", "-Wl,--gc-sections,--entry=image_start", "-nostartfiles", "-nostdlib", "-no-pie"];
    const bodies: Buffer[] = [];
    for (const at of LINK_AT) {
      writeFileSync(join(folder, "image.ld"), script.replace("BASE", `0x${at.toString(16)}`));
      await run("gcc", ...flags, ...objects, "-o", "image.elf", ...link, "-lc", "-lgcc");
      await run("objcopy", "-O", "binary", "-j", ".image", "image.elf", "image.bin");
      bodies.push(readFileSync(join(folder, "image.bin")));
    }
    if (!bodies[0]!.equals(bodies[1]!)) throw new KpiError("the image's code depends on where it lies");
    return { body: bodies[0]!, symbols: await run("nm", "-n", "-S", "image.elf") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
