// The fields of a PCI header by the names that `--device MODEL,field=value` uses: any of them overrides what the
// model says. The names are those of sysfs and of `struct pci_dev`.
import type { ConfigSpace } from "./config-space.ts";

interface Field {
  readonly where: number;
  readonly size: number;
}

export const CONFIG_FIELDS: Readonly<Record<string, Field>> = {
  vendor: { where: 0x00, size: 2 },
  device: { where: 0x02, size: 2 },
  status: { where: 0x06, size: 2 },
  revision: { where: 0x08, size: 1 },
  prog_if: { where: 0x09, size: 1 },
  class: { where: 0x09, size: 3 },
  cache_line_size: { where: 0x0c, size: 1 },
  latency_timer: { where: 0x0d, size: 1 },
  header_type: { where: 0x0e, size: 1 },
  cardbus_cis: { where: 0x28, size: 4 },
  subsystem_vendor: { where: 0x2c, size: 2 },
  subsystem_device: { where: 0x2e, size: 2 },
  interrupt_line: { where: 0x3c, size: 1 },
  interrupt_pin: { where: 0x3d, size: 1 },
  min_gnt: { where: 0x3e, size: 1 },
  max_lat: { where: 0x3f, size: 1 },
};

/** class=0x0200 is base class and subclass, as lspci prints them; class=0x020000 has the interface too. */
export function shiftedClass(name: string, value: number): number {
  return name === "class" && value <= 0xffff ? value << 8 : value;
}

/** Overrides fields of `config`, now and after each reset. */
export function overrideFields(config: ConfigSpace, values: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values)) {
    const field = CONFIG_FIELDS[name]!;
    config.define(field.where, field.size, shiftedClass(name, value));
  }
}
