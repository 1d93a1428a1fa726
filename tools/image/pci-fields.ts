// Fields of devices' configuration headers that the core of an image sees otherwise than the hardware has them, as
// `--device MODEL,field=value` does on boards of the desktop: 8139too refuses a card of revision 0x20, which it could
// drive.

import { CONFIG_FIELDS } from "../../boards/desktop/pci/fields.ts";
import { fieldOverrides } from "../../boards/desktop/spec.ts";
import { KpiError } from "../../host/error.ts";

export interface PciFields {
  /** Of which devices: those of a vendor and device id (as in the header's first word), or the one at a place. */
  readonly of: { readonly id: number } | { readonly bdf: number };
  readonly fields: Readonly<Record<string, number>>;
}

const ID = /^([0-9a-f]{4}):([0-9a-f]{4})$/i;

/** "10ec:8139,revision=0x10": the numbers of `lspci -n`, then fields. */
export function parsePciFields(text: string): PciFields {
  const [device = "", ...rest] = text.split(",");
  const match = ID.exec(device);
  if (!match) throw new KpiError(`--pci ${text}: "${device}" is no vendor:device, such as 10ec:8139`, 2);
  const options: Record<string, string> = {};
  for (const item of rest) {
    const [name = "", value] = item.split("=");
    if (!Object.hasOwn(CONFIG_FIELDS, name) || value === undefined) {
      throw new KpiError(`--pci ${text}: "${item}" sets none of ${Object.keys(CONFIG_FIELDS).join(", ")}`, 2);
    }
    options[name] = value;
  }
  if (rest.length === 0) throw new KpiError(`--pci ${text}: name a field and its value, such as revision=0x10`, 2);
  const id = parseInt(match[1]!, 16) | (parseInt(match[2]!, 16) << 16);
  return { of: { id: id >>> 0 }, fields: fieldOverrides({ model: device, options }) };
}
