// Strings given to insmod, for a module with parameters of every type. The core's own part of insmod runs for each case;
// what it takes and what it makes of it is compared with a second reading of the rules.

import assert from "node:assert/strict";
import { kstrto, kstrtobool } from "../param-oracle.ts";
import { LiveBoard } from "../live-board.ts";
import type { Random } from "../../random.ts";
import type { Bench, Target } from "../target.ts";

interface Step {
  readonly name: string;
  readonly value?: string;
  /** How the word is written. */
  readonly quoted?: boolean;
}

/** Types by parameter: sign and width. */
const NUMBERS: Readonly<Record<string, [signed: boolean, bits: number]>> = {
  p_byte: [false, 8],
  p_short: [true, 16],
  p_ushort: [false, 16],
  p_int: [true, 32],
  p_uint: [false, 32],
  p_long: [true, 32],
  p_ulong: [false, 32],
  p_ullong: [false, 64],
  p_hexint: [false, 32],
};
const NAMES = [
  ...Object.keys(NUMBERS),
  "p_charp",
  "p_bool",
  "p_invbool",
  "p_bint",
  "p_string",
  "p_ints",
  "p_bools",
  "p_charps",
];
const STRANGE = [
  "p-int",
  "p_in",
  "p_intt",
  "",
  "__proto__",
  "a".repeat(200),
  "--",
  "é",
  "p_int.x",
  "module.sig_enforce",
];
const VALUES = [
  "0",
  "1",
  "-1",
  "+1",
  "255",
  "256",
  "-129",
  "32767",
  "32768",
  "65536",
  "2147483647",
  "2147483648",
  "-2147483648",
  "-2147483649",
  "4294967295",
  "4294967296",
  "18446744073709551615",
  "18446744073709551616",
  "0x",
  "0xg",
  "0x10",
  "0X1f",
  "010",
  "08",
  "00",
  "--1",
  "+-1",
  " 1",
  "1 ",
  "1k",
  "y",
  "n",
  "Y",
  "N",
  "on",
  "off",
  "oF",
  "o",
  "t",
  "true",
  "1,2",
  "1,2,3,4",
  "1,2,3,4,5",
  ",",
  "1,",
  ",1",
  "y,n",
  "y,n,y,n",
  "a,b",
  "a,b,c",
  "x".repeat(15),
  "x".repeat(16),
  "x".repeat(1100),
];

function value(random: Random): string {
  if (!random.once(4)) return random.pick(VALUES);
  if (random.once(2)) return random.text("0123456789-+xXabfYyNnOo,", 12);
  return random.text("0aé\t ,=#\\'-\u0001\u00ff", 20);
}

function word(random: Random): Step {
  const name = random.once(12) ? random.pick(STRANGE) : random.pick(NAMES);
  return random.once(16) ? { name } : { name, value: value(random), quoted: random.once(4) };
}

/** As written on the line. A value with white space is one word in quotes only; a case that does without is a case of
 *  several words. */
function text({ name, value: given, quoted }: Step): string {
  return given === undefined ? name : quoted ? `${name}="${given}"` : `${name}=${given}`;
}

/** Whether the words on the line are the steps: the oracle does not split lines a second time. */
function plain(steps: readonly Step[]): boolean {
  return steps.every(
    ({ name, value: given = "", quoted }) =>
      name !== "" &&
      name !== "--" &&
      !/["\s=]/.test(name) &&
      (quoted ? true : !/\s/.test(given)) &&
      !given.includes('"'),
  );
}

/** struct kernel_param on a machine of 32 bits. */
const PARAM_BYTES = 20;
const NAME_AT = 0;
const ARG_AT = 16;
/** A ModuleImage of assembly/kernel/module/load.ts. */
const IMAGE_BYTES = 60;
const ARGS_MAX = 16384;
const GFP_KERNEL = 0xcc0;
const [EINVAL, ENOENT] = [-22, -2];

async function open(): Promise<Bench<Step>> {
  const own = await LiveBoard.boot([]);
  const { machine, loader } = own.system;
  await own.run("insmod param_types");
  const module = loader.modules.get("param_types")!;
  const params = module.segment("__param");
  const mod = module.address("__this_module")!;
  const call = (name: string, ...args: number[]): number => {
    const symbol = machine.core.symbol(name);
    assert.equal(symbol?.kind, "function");
    return machine.hostCall(() => (symbol as { value: Function }).value(...args)) as number;
  };
  /** Where each parameter's variable is. */
  const addresses = new Map<string, number>();
  for (let at = params.address; at < params.address + params.size; at += PARAM_BYTES) {
    addresses.set(machine.text.readCString(machine.words.u32(at + NAME_AT)), machine.words.u32(at + ARG_AT));
  }
  const [args, name, image] = [ARGS_MAX, 64, IMAGE_BYTES].map(
    (size) => machine.hostCall((core) => core.__kmalloc(size, GFP_KERNEL)) >>> 0,
  ) as [number, number, number];
  machine.text.bytes.set(Buffer.from("param_types\0"), name);
  const view = new DataView(machine.memory.buffer);
  const license = name;
  const record = [mod, module.base, module.size, 0, params.address, params.size, args, 0, license, 0, 0, 0, 0, 0, 0];
  // The module is in memory; for the kernel it comes and goes with each case, its struct module as it is in the file.
  const fresh = module.object.segments.find((segment) => segment.name === ".gnu.linkonce.this_module")!.bytes;
  assert.equal(call("kpi_rmmod", name), 0);
  const before = own.memory().objects;

  const stored = (param: string): bigint => {
    const [signed, bits] = NUMBERS[param]!;
    const at = addresses.get(param)!;
    const low = BigInt(view.getUint32(at, true)) | (bits === 64 ? BigInt(view.getUint32(at + 4, true)) << 32n : 0n);
    return signed ? BigInt.asIntN(bits, low) : BigInt.asUintN(bits, low);
  };

  /** Compares what was stored with what the last word for each parameter says, and the result with the last error. */
  const compare = (steps: readonly Step[], result: number): void => {
    let error = 0;
    const wanted = new Map<string, bigint | boolean>();
    for (const { name: param, value: given } of steps) {
      const same = param.replaceAll("-", "_");
      if (Object.hasOwn(NUMBERS, same)) {
        const number = given === undefined ? undefined : kstrto(given, ...NUMBERS[same]!);
        if (number === undefined) error = EINVAL;
        else wanted.set(same, number);
      } else if (same === "p_bool" || same === "p_invbool") {
        const flag = given === undefined ? (same === "p_bool" ? true : undefined) : kstrtobool(given);
        if (flag === undefined) error = EINVAL;
        else wanted.set(same, same === "p_bool" ? flag : !flag);
      } else if (NAMES.includes(same)) return;
    }
    // Of several errors the last counts, and out of range is another errno than no number: any will do.
    assert.equal(result === 0, error === 0, `insmod returned ${result}, expected ${error === 0 ? "0" : "an error"}`);
    if (result !== 0) return;
    for (const [param, right] of wanted) {
      const got = typeof right === "boolean" ? machine.text.bytes[addresses.get(param)!] === 1 : stored(param);
      assert.equal(got, right, param);
    }
  };

  return {
    make: (random) => random.list(1, random.once(3) ? 4 : 1, () => word(random)),
    show: (step) => JSON.stringify(text(step)),
    run(steps) {
      const line = Buffer.from(`${steps.map(text).join(" ")}\0`);
      assert.ok(line.length <= ARGS_MAX);
      machine.text.bytes.set(line, args);
      machine.text.bytes.set(fresh, mod);
      record.forEach((word_, i) => machine.words.setU32(image + 4 * i, word_));
      const result = call("kpi_insmod", image);
      if (plain(steps)) compare(steps, result);
      if (result === 0) assert.equal(call("kpi_rmmod", name), 0);
      assert.ok(result <= 0 && result > -4096 && result !== ENOENT, `insmod returned ${result}`);
      return result === 0 ? "taken" : "refused";
    },
    check() {
      own.checkLog();
      const { objects } = own.memory();
      assert.ok(objects <= before + 8, `${objects} objects are in use, ${before} before`);
    },
    close: () => own.close(),
  };
}

export const parameters: Target<Step> = {
  name: "parameters",
  about: "strings given to insmod, compared with what Linux makes of them",
  cases: 100_000,
  expects: { taken: 0.2, refused: 0.2 },
  open,
};
