// IOMMU_TABLE: what devices may touch, one word for each page of RAM. The core counts mappings in it (kernel/dma/iommu); a
// board that checks its devices' DMA reads it (boards/desktop/pci/iommu). AssemblyScript and TypeScript both import this.
//
//   31            16 15             0
//   ┌───────────────┬────────────────┐
//   │ DEVICE_WRITES │  DEVICE_READS  │   mappings through which a device may write the page; may read it
//   └───────────────┴────────────────┘
//
//   DMA_TO_DEVICE +1 read     DMA_FROM_DEVICE +1 write     DMA_BIDIRECTIONAL and coherent memory +1 both
//
// A page that only part of is mapped counts as a whole. Page n is [n * 4096, n * 4096 + 4096) of linear memory, at bus
// address BOOT_DMA_BASE + n * 4096.
//
// No import here, and only forms that both languages read alike.

export const DEVICE_READS: u32 = 0x0000ffff;
export const DEVICE_WRITES: u32 = 0xffff0000;
/** One mapping that a device may read, or write, through. */
export const ONE_READ: u32 = 0x00000001;
export const ONE_WRITE: u32 = 0x00010000;
