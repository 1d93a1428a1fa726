// lspci: the PCI functions that the core found.

import { KpiError } from "../../error.ts";
import { type PciDevice, pciDevices } from "../../inspect/pci.ts";
import { type ConsoleCommand, parseWords } from "../command.ts";
import { type Numeric, hexLines, kernelLines, subsystemLines, terseLine, verboseLines } from "../show/pci.ts";

/** [[[[domain]:]bus]:][slot][.[function]], hexadecimal, a part that is left out or `*` is any. */
function slotFilter(text: string): (f: PciDevice) => boolean {
  const match = /^(?:(?:([0-9a-f]+|\*)?:)?([0-9a-f]+|\*)?:)?([0-9a-f]+|\*)?(?:\.([0-7]|\*)?)?$/i.exec(text);
  if (!match) throw new KpiError(`lspci: -s: Invalid slot number "${text}"; as 00:03.0 is one`, 2);
  const wanted = match.slice(1).map((part) => (part === undefined || part === "*" ? undefined : parseInt(part, 16)));
  return ({ bdf }) => {
    const own = [0, bdf >> 8, (bdf >> 3) & 31, bdf & 7];
    return wanted.every((value, i) => value === undefined || value === own[i]);
  };
}

/** [vendor]:[device][:class], hexadecimal. */
function idFilter(text: string): (f: PciDevice) => boolean {
  const match = /^([0-9a-f]{1,4}|\*)?:([0-9a-f]{1,4}|\*)?(?::([0-9a-f]{1,4}|\*)?)?$/i.exec(text);
  if (!match) throw new KpiError(`lspci: -d: Invalid ID "${text}"; as 10ec:8139 is one`, 2);
  const wanted = match.slice(1).map((part) => (part === undefined || part === "*" ? undefined : parseInt(part, 16)));
  return (f) => [f.vendor, f.device, f.class].every((value, i) => wanted[i] === undefined || wanted[i] === value);
}

const boolean = { type: "boolean", multiple: true } as const;
const OPTIONS = {
  v: { ...boolean, short: "v" },
  k: { ...boolean, short: "k" },
  n: { ...boolean, short: "n" },
  x: { ...boolean, short: "x" },
  D: { ...boolean, short: "D" },
  s: { type: "string", short: "s" },
  d: { type: "string", short: "d" },
} as const;

export const lspci: ConsoleCommand = {
  name: "lspci",
  usage: "[-v|-vv] [-k] [-n|-nn] [-x|-xxx] [-D] [-s SLOT] [-d VENDOR:DEVICE]",
  summary: "the PCI devices",
  details: [
    ["-v, -vv", "what is in their configuration space, in words"],
    ["-k", "their drivers, and the modules that would do"],
    ["-n, -nn", "numbers instead of names, or beside them"],
    ["-x, -xxx", "configuration space in hex: 64 bytes, or 256"],
    ["-D", "slots with their domain"],
    ["-s SLOT", "only [[domain:]bus:][device][.function]"],
    ["-d VENDOR:DEVICE", "only devices with those numbers"],
  ],
  run({ system }, args) {
    const { values } = parseWords(lspci, args, OPTIONS, [0, 0]);
    const count = (list: boolean[] | undefined): number => list?.length ?? 0;
    const numeric = Math.min(count(values.n), 2) as Numeric;
    const [verbose, dump] = [count(values.v), count(values.x)];
    const filters = [
      ...(values.s === undefined ? [] : [slotFilter(values.s)]),
      ...(values.d === undefined ? [] : [idFilter(values.d)]),
    ];
    const found = pciDevices(system).filter((f) => filters.every((filter) => filter(f)));
    const lines = found.flatMap((f) => {
      const below = verbose
        ? verboseLines(f, verbose, numeric)
        : values.k
          ? [...subsystemLines(f, numeric), ...kernelLines(f)]
          : [];
      return [
        terseLine(f, numeric, { domain: count(values.D) > 0, progif: verbose > 0 }),
        ...below.map((line) => `\t${line}`),
        ...(dump ? hexLines(f.config, dump > 2 ? 256 : 64) : []),
        ...(verbose || dump ? [""] : []),
      ];
    });
    const data = found.map(({ config, ...rest }) => (dump ? { ...rest, config } : rest));
    return { data, lines };
  },
  complete(system, words) {
    if (words.at(-2) === "-s") return pciDevices(system).map(({ slot }) => slot.slice(5));
    return ["-v", "-vv", "-k", "-n", "-nn", "-x", "-xxx", "-D", "-s", "-d"];
  },
};
