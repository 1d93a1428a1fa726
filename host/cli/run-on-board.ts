// kpi run --board riscv-virt: image, flash and boot in one.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { QemuDevice } from "../../boards/qemu/devices.ts";
import { firmwareBoard, type Kind } from "../../tools/image/boards.ts";
import { createSlots } from "../../tools/image/emulator.ts";
import type { PciFields } from "../../tools/image/pci-fields.ts";
import { emulatedBoard, planFor, type BoardOptions } from "./emulated-board.ts";
import { emulated } from "./flash.ts";
import { makeImage } from "./image.ts";

export interface RunBoardOptions extends BoardOptions {
  board: string;
  insmod: string[];
  mem: number;
  /** Of the image; none: machine code of the board. */
  kind?: Kind;
}

/** What the core sees of a device otherwise than QEMU has it. */
function shown({ devfn, overrides }: QemuDevice): PciFields[] {
  return devfn === undefined || Object.keys(overrides).length === 0 ? [] : [{ of: { bdf: devfn }, fields: overrides }];
}

/** The image is put into a flash of its own as it would be after kpi flash. */
export async function runOnBoard(options: RunBoardOptions): Promise<number> {
  const board = firmwareBoard(options.board);
  const plan = planFor(board, options);
  const bytes = await makeImage(board.name, options.insmod, options.mem, {
    kind: options.kind,
    halts: true,
    pci: plan.devices.flatMap(shown),
  });
  const folder = mkdtempSync(join(tmpdir(), `kpi-${board.name}-`));
  try {
    const places = emulated(board, folder);
    createSlots(board, places.files.slots, bytes);
    return await emulatedBoard(places, plan, options, true);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
