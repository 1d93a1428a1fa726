// `--device MODEL[,option=value]…` as QEMU's -device has it. Ours are only: addr= (the same as QEMU's, and chosen here where it
// is not given), netdev=peer|none, and the fields of the configuration header, which are laid over what QEMU's model says.
import { KpiError } from "../../host/error.ts";
import { wantsCable } from "../desktop/cable.ts";
import { CONFIG_FIELDS } from "../desktop/pci/fields.ts";
import { fieldOverrides } from "../desktop/spec.ts";
import type { DeviceSpec } from "../desktop/spec.ts";

/** Slots of the root bus. Above are those whose interrupts the chipset routes another way. */
const FIRST_SLOT = 3;
const LAST_SLOT = 0x18;

export interface QemuDevice {
  readonly model: string;
  /** What QEMU gets, without its place and its cable. */
  readonly options: Readonly<Record<string, string>>;
  /** "03.0" on the root bus; undefined: elsewhere, by `bus=`. */
  readonly addr: string | undefined;
  /** bdf of `addr`. */
  readonly devfn: number | undefined;
  readonly overrides: Readonly<Record<string, number>>;
  /** Whether a peer is to be at the other end of its cable, if it has a connector for one. */
  readonly peer: boolean;
}

/** Takes `--device`'s text apart. What the options mean, QEMU will say. */
export function parseQemuDevice(text: string): DeviceSpec {
  if (/[\n\0]/.test(text)) throw new KpiError("--device: it has the end of a line in it", 2);
  const [model = "", ...rest] = text.split(",");
  if (!/^[a-z0-9][\w.+-]*$/i.test(model)) throw new KpiError(`--device ${text}: "${model}" is no name of a device`, 2);
  const options: Record<string, string> = Object.create(null);
  for (const item of rest) {
    const equals = item.indexOf("=");
    const name = equals < 0 ? item : item.slice(0, equals);
    if (!/^[a-z][\w.-]*$/i.test(name)) {
      throw new KpiError(`--device ${text}: "${name}" is not the name of an option`, 2);
    }
    if (name in options) throw new KpiError(`--device ${text}: ${name} is given twice`, 2);
    options[name] = equals < 0 ? "on" : item.slice(equals + 1);
  }
  return { model, options };
}

/** The slot and function of `addr=`, hexadecimal; undefined if it is none of those that devices may have. */
function place(text: string): { slot: number; func: number } | undefined {
  const match = /^(?:0x)?([0-9a-f]{1,2})(?:\.([0-7]))?$/i.exec(text);
  if (match === null) return undefined;
  const slot = parseInt(match[1]!, 16);
  return slot >= 1 && slot <= LAST_SLOT ? { slot, func: Number(match[2] ?? 0) } : undefined;
}

function checked(spec: DeviceSpec): { slot: number; func: number } | undefined {
  const { model, options } = spec;
  const { addr, bus } = options;
  if (bus !== undefined) {
    const field = Object.keys(options).find((name) => Object.hasOwn(CONFIG_FIELDS, name));
    if (field) throw new KpiError(`device ${model}: ${field}= is only for devices of the root bus, without bus=`, 2);
    return undefined;
  }
  const found = addr === undefined ? undefined : place(addr);
  if (addr !== undefined && found === undefined) {
    throw new KpiError(`device ${model}: addr=${addr} is not a device number, 01 to ${LAST_SLOT.toString(16)}`, 2);
  }
  return found;
}

/** Gives each device its slot: those that ask first, then the lowest free ones. */
export function placeDevices(specs: readonly DeviceSpec[]): QemuDevice[] {
  const wanted = specs.map(checked);
  const taken = new Set(wanted.map((found) => found?.slot));
  const functions = new Set<number>();
  return specs.map((spec, index) => {
    const { addr: _addr, netdev: _netdev, ...rest } = spec.options;
    const onRoot = rest["bus"] === undefined;
    let found = wanted[index];
    for (let slot = FIRST_SLOT; onRoot && found === undefined; slot++) {
      if (slot > LAST_SLOT) throw new KpiError(`the bus has room for ${LAST_SLOT - FIRST_SLOT + 1} devices`, 2);
      if (taken.has(slot)) continue;
      found = { slot, func: 0 };
      taken.add(slot);
    }
    const devfn = onRoot ? (found!.slot << 3) | found!.func : undefined;
    if (devfn !== undefined && functions.has(devfn)) {
      throw new KpiError(`device ${spec.model}: addr=${spec.options["addr"]} is taken`, 2);
    }
    if (devfn !== undefined) functions.add(devfn);
    const options = Object.fromEntries(Object.entries(rest).filter(([name]) => !Object.hasOwn(CONFIG_FIELDS, name)));
    return {
      model: spec.model,
      options,
      addr: onRoot ? `${found!.slot.toString(16).padStart(2, "0")}.${found!.func}` : spec.options["addr"],
      devfn,
      overrides: fieldOverrides(spec),
      peer: wantsCable(spec),
    };
  });
}

/** Properties that QEMU's model of a name does not have, of those that we give to all devices. */
const lacking = new Map<string, Set<string>>();

export function has(model: string, property: string): boolean {
  return !lacking.get(model)?.has(property);
}

/** Learns from QEMU's refusal; whether there was something to learn, and another try is worth it. */
export function learn(complaint: string): boolean {
  const match = /Property '([^']+)\.(addr|netdev)' not found/.exec(complaint);
  if (match === null || !has(match[1]!, match[2]!)) return false;
  const known = lacking.get(match[1]!) ?? new Set();
  lacking.set(match[1]!, known.add(match[2]!));
  return true;
}

/** The value of -device. */
export function deviceArgument(device: QemuDevice, netdev: string | undefined): string {
  const words = Object.entries(device.options).map(([name, value]) => `${name}=${value}`);
  if (device.addr !== undefined && has(device.model, "addr")) words.unshift(`addr=${device.addr}`);
  if (netdev !== undefined) words.unshift(`netdev=${netdev}`);
  return [device.model, ...words].join(",");
}
