// Registers of the PCI endpoint test function, as Linux's Documentation/PCI/endpoint/pci-test-function.rst has them.

export const MAGIC = 0x00;
export const COMMAND = 0x04;
export const COMMAND_RAISE_LEGACY_IRQ = 1 << 0;
export const COMMAND_RAISE_MSI_IRQ = 1 << 1;
export const COMMAND_RAISE_MSIX_IRQ = 1 << 2;
export const COMMAND_READ = 1 << 3;
export const COMMAND_WRITE = 1 << 4;
export const COMMAND_COPY = 1 << 5;
export const STATUS = 0x08;
export const STATUS_READ_SUCCESS = 1 << 0;
export const STATUS_READ_FAIL = 1 << 1;
export const STATUS_WRITE_SUCCESS = 1 << 2;
export const STATUS_WRITE_FAIL = 1 << 3;
export const STATUS_COPY_SUCCESS = 1 << 4;
export const STATUS_COPY_FAIL = 1 << 5;
/** Each has its failure one bit above. */
export const STATUS_SUCCESS = STATUS_READ_SUCCESS | STATUS_WRITE_SUCCESS | STATUS_COPY_SUCCESS;
export const STATUS_IRQ_RAISED = 1 << 6;
export const STATUS_SRC_ADDR_INVALID = 1 << 7;
export const STATUS_DST_ADDR_INVALID = 1 << 8;
export const SRC_ADDR = 0x0c;
export const DST_ADDR = 0x14;
export const SIZE = 0x1c;
export const CHECKSUM = 0x20;
export const IRQ_TYPE = 0x24;
export const IRQ_TYPE_LEGACY = 0;
export const IRQ_TYPE_MSI = 1;
export const IRQ_TYPE_MSIX = 2;
/** From 1 on. */
export const IRQ_NUMBER = 0x28;
export const FLAGS = 0x2c;
