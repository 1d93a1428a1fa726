// The modules that every change has to keep building, with every compiler: folders of the kernel tree, and which of
// their modules, a module behind those that it depends on.

export interface MatrixRow {
  readonly folder: string;
  readonly module: string;
}

const REFERENCE: readonly [folder: string, modules: string][] = [
  ["drivers/net", "mii"],
  ["drivers/net/ethernet/realtek", "8139cp 8139too"],
  ["drivers/net/ethernet/8390", "8390 ne2k-pci"],
  ["drivers/net/ethernet/amd", "pcnet32"],
  ["drivers/net/ethernet/intel", "e100"],
  ["drivers/net/ethernet/intel/e1000", "e1000"],
  ["drivers/virtio", "virtio virtio_ring virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci"],
  ["drivers/net", "virtio_net"],
  ["drivers/char/hw_random", "virtio-rng"],
  ["drivers/watchdog", "i6300esb"],
  ["drivers/misc", "pci_endpoint_test"],
  ["lib", "crc32 test_printf list-test test_bitmap test_hash test_xarray"],
];

const rows = (list: typeof REFERENCE): MatrixRow[] =>
  list.flatMap(([folder, modules]) => modules.split(" ").map((module) => ({ folder, module })));

export const referenceRows = rows(REFERENCE);
