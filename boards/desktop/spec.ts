// `--device MODEL[,option=value]…`: what the user wrote, taken apart and checked against what the board knows.
import { KpiError } from "../../host/error.ts";
import { MODELS } from "./models.ts";
import { CONFIG_FIELDS } from "./pci/fields.ts";

export interface DeviceSpec {
  readonly model: string;
  readonly options: Readonly<Record<string, string>>;
}

/** Options of every device, beside the fields of its configuration header. */
const PLACE = "addr";

/** "rtl8139,revision=0x10,mac=52:54:00:12:34:56". An option without a value is "on". */
export function parseDeviceSpec(text: string): DeviceSpec {
  if (text.includes("\n")) throw new KpiError("--device: it has the end of a line in it", 2);
  const [model = "", ...rest] = text.split(",");
  const options: Record<string, string> = {};
  for (const item of rest) {
    const equals = item.indexOf("=");
    const name = equals < 0 ? item : item.slice(0, equals);
    if (!/^[a-z]\w*$/i.test(name)) throw new KpiError(`--device ${text}: "${name}" is not the name of an option`, 2);
    if (Object.hasOwn(options, name)) throw new KpiError(`--device ${text}: ${name} is given twice`, 2);
    options[name] = equals < 0 ? "on" : item.slice(equals + 1);
  }
  const spec = { model, options };
  checkSpec(spec);
  return spec;
}

/** Refuses models and options that do not exist, with the list of those that do. */
export function checkSpec(spec: DeviceSpec): void {
  if (!Object.hasOwn(MODELS, spec.model)) {
    throw new KpiError(`unknown device model "${spec.model}"; known: ${Object.keys(MODELS).sort().join(", ")}`, 2);
  }
  const model = MODELS[spec.model]!;
  for (const [name, value] of Object.entries(spec.options)) {
    if (Object.hasOwn(CONFIG_FIELDS, name)) fieldValue(spec.model, name, value);
    else if (name !== PLACE && !model.options.includes(name)) {
      const known = [...model.options, PLACE, ...Object.keys(CONFIG_FIELDS)].join(", ");
      throw new KpiError(`device ${spec.model} has no option "${name}"; known: ${known}`, 2);
    }
  }
}

function fieldValue(model: string, name: string, text: string): number {
  const value = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : NaN;
  const { size } = CONFIG_FIELDS[name]!;
  if (!(value < 2 ** (8 * size))) {
    throw new KpiError(`device ${model}: ${name}=${text} is not a number of ${8 * size} bits`, 2);
  }
  return value;
}

/** The overridden fields of the configuration header, as numbers. */
export function fieldOverrides(spec: DeviceSpec): Record<string, number> {
  const fields: Record<string, number> = {};
  for (const [name, text] of Object.entries(spec.options)) {
    if (Object.hasOwn(CONFIG_FIELDS, name)) fields[name] = fieldValue(spec.model, name, text);
  }
  return fields;
}

/** The device number of `addr=05` or `addr=05.0`, hexadecimal as with lspci; undefined: the board chooses. */
export function placeOption(spec: DeviceSpec): number | undefined {
  const text = spec.options[PLACE];
  if (text === undefined) return undefined;
  const match = /^(?:0x)?([0-9a-f]{1,2})(?:\.0)?$/i.exec(text);
  const device = match === null ? NaN : parseInt(match[1]!, 16);
  if (!(device >= 1 && device <= 31)) {
    throw new KpiError(`device ${spec.model}: addr=${text} is not a device number, 01 to 1f, function 0`, 2);
  }
  return device;
}
