// Faults of the board's devices, by name, for the console and for programs.

import { FAULTS, type Fault, type FaultKind } from "../../boards/faults.ts";
import { KpiError } from "../error.ts";
import { nearest } from "../nearest.ts";
import type { System } from "../system.ts";
import { pciDevices } from "./pci.ts";

export const FAULT_NAMES = Object.keys(FAULTS) as readonly Fault[];

/** Of seconds, and of things that go wrong; Infinity is for good. */
const MOST = 1e6;

export interface InjectedFault {
  readonly fault: Fault;
  readonly device: string;
  readonly amount: number;
}

function kindOf(name: string): FaultKind {
  if (Object.hasOwn(FAULTS, name)) return FAULTS[name as Fault];
  const [near = FAULT_NAMES.join(", ")] = nearest(name, FAULT_NAMES);
  throw new KpiError(`unknown fault "${name}"; known: ${near}`, 2);
}

function checkAmount(fault: string, { unit }: FaultKind, amount: number): void {
  const fits = amount >= 0 && amount <= MOST && (unit === "seconds" || Number.isInteger(amount));
  if (fits || amount === Infinity) return;
  const what = unit === "count" ? "a whole number" : "a number of seconds";
  throw new KpiError(`fault ${fault}: ${amount} is not ${what} from 0 to ${MOST}`, 2);
}

/** Makes device `slot` ("00:03.0", or with its domain) have the fault; without a slot: the first that can. */
export function injectFault(system: System, fault: string, amount?: number, slot?: string): InjectedFault {
  const kind = kindOf(fault);
  const { usual } = kind;
  checkAmount(fault, kind, amount ?? usual);
  const { faults, name: board } = system.machine.board;
  if (faults === undefined) throw new KpiError(`board ${board} cannot make its devices fail`);
  const can = ({ bdf }: { bdf: number }): boolean => faults.kinds(bdf).includes(fault as Fault);
  const named = pciDevices(system).filter((one) => slot === undefined || [one.slot, one.slot.slice(5)].includes(slot));
  if (slot !== undefined && named.length === 0) throw new KpiError(`there is no device ${slot}; see: lspci`, 2);
  const device = named.find(can);
  if (device === undefined) {
    const have = [...new Set(named.flatMap(({ bdf }) => faults.kinds(bdf)))];
    const known = have.length > 0 ? `has: ${have.join(", ")}` : "has none";
    throw new KpiError(`${slot === undefined ? "the board" : slot} cannot have the fault ${fault}; it ${known}`);
  }
  faults.inject(device.bdf, fault as Fault, amount ?? usual);
  return { fault: fault as Fault, device: device.slot, amount: amount ?? usual };
}
