// fault: makes a device of the board fail, for whoever wants to see what its driver does then.

import { FAULTS } from "../../../boards/faults.ts";
import { FAULT_NAMES, injectFault } from "../../inspect/faults.ts";
import { pciDevices } from "../../inspect/pci.ts";
import { type ConsoleCommand, parseWords, usageError } from "../command.ts";

/** "ever" is for good. */
function amountOf(text: string): number {
  if (text === "ever") return Infinity;
  if (/^(\d+\.?\d*|\.\d+)$/.test(text)) return Number(text);
  throw usageError(fault, `${text} is no amount`);
}

export const fault: ConsoleCommand = {
  name: "fault",
  usage: "FAULT [AMOUNT|ever] [-s SLOT]",
  summary: "make a device fail, the first that can or the one in SLOT",
  details: FAULT_NAMES.map((name) => {
    const { unit, usual, summary } = FAULTS[name];
    return [`${name} [${unit === "count" ? "COUNT" : "SECONDS"}]`, `${summary} (${usual})`];
  }),
  run({ system }, args) {
    const { values, positionals } = parseWords(fault, args, { s: { type: "string", short: "s" } }, [1, 2]);
    const [name, amount] = positionals;
    const data = injectFault(system, name!, amount === undefined ? undefined : amountOf(amount), values.s);
    const { unit } = FAULTS[data.fault];
    const many = Number.isFinite(data.amount) ? `${data.amount}` : "ever";
    return {
      data,
      lines: [`${data.device}: ${data.fault} ${many}${unit === "seconds" && many !== "ever" ? " s" : ""}`],
    };
  },
  complete(system, words) {
    if (words.at(-2) === "-s") return pciDevices(system).map(({ slot }) => slot.slice(5));
    return words.length === 1 ? FAULT_NAMES : ["-s"];
  },
};
