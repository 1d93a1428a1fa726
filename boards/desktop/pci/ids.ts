// Names of PCI functions as the pci.ids database has them, for `lspci`. Only what the board's models can be.

const NAMES: Readonly<Record<string, string>> = {
  "104c:b500": "Texas Instruments DRA74x PCIe endpoint test function",
  "8086:100e": "Intel Corporation 82540EM Gigabit Ethernet Controller",
  "8086:1237": "Intel Corporation 440FX - 82441FX PMC [Natoma]",
  "10ec:8138": "Realtek Semiconductor Co., Ltd. RT8139 (B/C) Cardbus Fast Ethernet Adapter",
  "10ec:8139": "Realtek Semiconductor Co., Ltd. RTL-8100/8101L/8139 PCI Fast Ethernet Adapter",
};

export function pciName(vendor: number, device: number): string | undefined {
  const hex = (value: number): string => value.toString(16).padStart(4, "0");
  return NAMES[`${hex(vendor)}:${hex(device)}`];
}
