// kpi image: core and drivers as what a board's flash holds.

import { readFileSync } from "node:fs";
import { KpiError } from "../../host/error.ts";
import { readImage } from "../build/image.ts";
import { compileAot, type AotOptions } from "./aot.ts";
import { firmwareBoard, kindFor, type Kind } from "./boards.ts";
import { ramOf } from "./firmware.ts";
import { interpretedBody } from "./interpreted.ts";
import { linkImage, type Driver, type LinkedImage } from "./link.ts";
import { namesOf, symbolTable, type NamedFunction } from "./names.ts";
import { partsOf } from "./parts.ts";
import type { PciFields } from "./pci-fields.ts";
import { ABI_VERSION } from "./image-header.ts";
import { sha256, writeSlot, type Source } from "./slot.ts";
import { afresh, type Step } from "./step.ts";

export interface ImageOptions {
  /** The board's name. */
  board: string;
  core: string;
  drivers: readonly Driver[];
  kind: Kind;
  memoryBytes: number;
  sequence: number;
  /** Whether the board halts after a panic, instead of starting again. */
  halts?: boolean;
  /** What the core sees of devices otherwise than they are; default: nothing. */
  pci?: readonly PciFields[];
}

/** Core and drivers joined; `step` may have them already, without binaryen. */
function wasmOf(linked: LinkedImage, pci: readonly PciFields[], step: Step): Promise<Uint8Array> {
  const { core, drivers, slots, tableSize } = linked;
  const words = JSON.stringify([[...slots], tableSize, pci, drivers.map(({ name }) => name)]);
  return step("wasm", [words, core, ...drivers.map(({ wasm }) => wasm)], async () => {
    const { codeOf } = await import("./merge.ts");
    return codeOf(linked, pci);
  });
}

async function bodyOf(
  { kind, board }: ImageOptions,
  wasm: Uint8Array,
  options: AotOptions,
  step: Step,
): Promise<{ body: Buffer; functions: NamedFunction[] }> {
  if (kind === "WASM") return interpretedBody(wasm, options);
  const { body, symbols } = await compileAot(firmwareBoard(board), wasm, options, step);
  return { body, functions: namesOf(symbols) };
}

/** `step`: who has results of costly steps already, for others. */
export async function buildImage(options: ImageOptions, step: Step = afresh): Promise<Buffer> {
  kindFor(firmwareBoard(options.board), options.kind);
  const linked = linkImage(options.core, options.drivers, options.memoryBytes);
  if (linked.least > options.memoryBytes) {
    const [least, has] = [linked.least, options.memoryBytes].map((bytes) => ramOf(bytes, options.kind) >> 10);
    throw new KpiError(`the core and its drivers need a board with ${least} KiB of RAM at least, not ${has}`);
  }
  const [insmod, rmmod] = ["kpi_insmod", "kpi_rmmod"].map((name) => linked.entry(name)) as [number, number];
  const wasm = await wasmOf(linked, options.pci ?? [], step);
  const { body, functions } = await bodyOf(
    options,
    wasm,
    {
      memoryBytes: options.memoryBytes,
      steps: linked.drivers.map(({ name, record, base, bytes }) => ({
        slot: insmod,
        argument: record,
        name,
        base,
        bytes,
      })),
      data: linked.data,
      scratch: linked.scratch,
      arena: linked.arena,
      halts: options.halts ?? false,
      rmmod,
    },
    step,
  );
  const parts = partsOf([...readImage(wasm).data, ...linked.data], linked, functions);
  const sources = [options.core, ...options.drivers.map(({ file }) => file)].map((file, i): Source => {
    const name = i === 0 ? "kpi.wasm" : `${options.drivers[i - 1]!.name}.ko`;
    return { name, sha256: sha256(readFileSync(file)), ...parts[i]! };
  });
  return writeSlot({
    board: options.board,
    kind: options.kind,
    abi: ABI_VERSION,
    sequence: options.sequence,
    memoryBytes: options.memoryBytes,
    symbols: body.length,
    sources,
    body: Buffer.concat([body, symbolTable(functions)]),
  });
}
