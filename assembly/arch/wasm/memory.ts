// The memory map of a board: one chain of constants that AssemblyScript and TypeScript both import.
//
//   0x0000_0000 ┌──────────────────────────────┐
//               │ null page: nothing owns it   │  a store here is a bug and is found (mm/nullpage)
//   0x0000_1000 ├──────────────────────────────┤ BOOT
//               │ boot block, by the board     │  RAM, PCI windows, interrupt wiring
//   0x0000_2000 ├──────────────────────────────┤ SHARED
//               │ words host and core share    │  pending interrupts
//   0x0000_3000 ├──────────────────────────────┤ CPU_AREA
//               │ four per-CPU blocks          │  clock, heartbeat; drivers see two
//   0x0000_7000 ├──────────────────────────────┤ ZERO_PAGE
//               │ a page of zeros              │
//   0x0000_8000 ├──────────────────────────────┤ IOREMAP_PT
//               │ page table of MMIO cookies   │
//   0x0000_c000 ├──────────────────────────────┤ IRQ_VECTORS
//               │ 256 interrupt vectors        │
//   0x0001_4000 ├──────────────────────────────┤ CORE_DATA  (asc --memoryBase)
//               │ the core's constants and bss │
//   0x0009_4000 ├──────────────────────────────┤ IOMMU_TABLE (a small board: IOMMU_SMALL)
//               │ what devices may touch       │  one word per page of RAM
//               ├──────────────────────────────┤ as the boot block says (BOOT_ARENA): on a small board right behind
//               │ mem_map, then free pages     │  the words that its RAM needs, else ARENA, above the VGA hole of a PC
//   ram_end     └──────────────────────────────┘  at most 0x2000_0000; nothing ever grows
//   0xa000_0000   MMIO cookies: never memory, a plain load of one traps
//   0xc000_0000   per-CPU pointers: no addresses either (mm/percpu)
//
// No import here, and only forms that both languages read alike.

export const PAGE_BYTES: u32 = 0x1000;

export const BOOT: u32 = 0x1000;
export const BOOT_BYTES: u32 = 0x1000;
export const SHARED: u32 = BOOT + BOOT_BYTES;
export const SHARED_BYTES: u32 = 0x1000;
export const CPU_AREA: u32 = SHARED + SHARED_BYTES;
export const CPU_AREA_BYTES: u32 = 0x1000;
export const CPU_MAX: u32 = 4;
export const ZERO_PAGE: u32 = CPU_AREA + CPU_AREA_BYTES * CPU_MAX;
export const IOREMAP_PT: u32 = ZERO_PAGE + PAGE_BYTES;
export const IOREMAP_PAGES: u32 = 0x1000;
/** RAM below which a board is a small one (mm/small_board); a page has an IOMMU word for each page of that. */
export const SMALL_RAM: u32 = 0x400000;
/** Where a small board has IOMMU_TABLE: where it has no cookies. */
export const IOMMU_SMALL: u32 = IOREMAP_PT + PAGE_BYTES;
export const IRQ_VECTORS: u32 = IOREMAP_PT + IOREMAP_PAGES * 4;
export const IRQ_VECTOR_BYTES: u32 = 0x80;
export const NR_VECTORS: u32 = 256;
export const CORE_DATA: u32 = IRQ_VECTORS + IRQ_VECTOR_BYTES * NR_VECTORS;
export const IOMMU_TABLE: u32 = 0x94000;
export const RAM_MAX: u32 = 0x20000000;
export const IOMMU_BYTES: u32 = (RAM_MAX / PAGE_BYTES) * 4;
export const ARENA: u32 = 0x140000;

/** In a CPU's block, debug flavour: number of the call that a module makes to a function it imports, 0 outside one. */
export const CPU_CALL_SITE: u32 = 0x100;
/** Those numbers count from here, above RAM and below cookies: they are no addresses, no cookies and no table slots (host/loader/call-sites.ts). */
export const SITE_BASE: u32 = 0x40000000;

/** First MMIO cookie; `ioremap` hands out [IOREMAP_BASE, IOREMAP_BASE + IOREMAP_PAGES pages). */
export const IOREMAP_BASE: u32 = 0xa0000000;

/** A per-CPU pointer is this plus the address of CPU 0's copy: above all RAM and all MMIO cookies. */
export const PERCPU_BASE: u32 = 0xc0000000;

// ── The boot block: written by the board before `kpi_boot`, read-only afterwards. All u32 unless noted. ──
export const BOOT_MAGIC: u32 = BOOT + 0x00; // BOOT_MAGIC_VALUE
export const BOOT_MAGIC_VALUE: u32 = 0x4b504931; // "KPI1"
export const BOOT_RAM_END: u32 = BOOT + 0x04; // bytes; RAM is [0, ram_end)
export const BOOT_DMA_BASE: u32 = BOOT + 0x08; // bus address of linear address 0
export const BOOT_NR_CPUS: u32 = BOOT + 0x0c; // CPUs that drivers see, 1 or 2
export const BOOT_PCI_MEM_BASE: u32 = BOOT + 0x10; // window for memory BARs, CPU = bus address
export const BOOT_PCI_MEM_SIZE: u32 = BOOT + 0x14;
export const BOOT_PCI_IO_BASE: u32 = BOOT + 0x18; // window for I/O BARs, port numbers
export const BOOT_PCI_IO_SIZE: u32 = BOOT + 0x1c;
export const BOOT_PCI_LAST_BUS: u32 = BOOT + 0x20; // highest bus number that config space decodes
export const BOOT_PCI_INTX: u32 = BOOT + 0x24; // u8[4]: vectors of the four lines; line = (device + pin - 1) & 3
export const BOOT_WALL_NS: u32 = BOOT + 0x28; // u64: CLOCK_REALTIME minus the monotonic clock, ns
export const BOOT_LOGLEVEL: u32 = BOOT + 0x30; // console_loglevel
export const BOOT_MODULE_SLOTS: u32 = BOOT + 0x34; // first table slot of modules
export const BOOT_SEED: u32 = BOOT + 0x38; // u64: entropy of this boot
export const BOOT_ARENA: u32 = BOOT + 0x44; // first byte of the arena, a page's
export const BOOT_NO_PCI: u32 = BOOT + 0x40; // 1: the board has no PCI host bridge
export const BOOT_NO_PACKETS: u32 = BOOT + 0x48; // 1: the host neither sends frames nor wants to see them
export const BOOT_MSI: u32 = BOOT + 0x800; // u32[256][2]: bus address and data of the message that raises a vector; 0: none does
export const BOOT_MSI_ENTRY: u32 = 8;

// ── Words shared while running, of all CPUs. ──
export const IRQ_EDGE: u32 = SHARED + 0x20; // u32[8]: one bit per vector, cleared by the core when taken (MSI, host events)
export const IRQ_LEVEL: u32 = SHARED + 0x40; // u32[8]: one bit per vector, follows the device's pin
export const HOST_STOP: u32 = SHARED + 0x68; // u32: 1 asks the idle loops to return from kpi_boot and kpi_cpu_boot
export const IRQ_TARGET: u32 = SHARED + 0x100; // u8[256]: the CPU that takes a vector, by the core

// ── Words of one CPU, at the start of its block (arch/wasm/cpu.ts): those of CPU 0; CPU n's lie n * CPU_AREA_BYTES on. ──
export const CLOCK_NS: u32 = CPU_AREA + 0x00; // u64: the monotonic clock as of the CPU's last host call
export const IDLE_UNTIL: u32 = CPU_AREA + 0x08; // u64: deadline handed to host_idle, ns; all ones: none
export const HEARTBEAT: u32 = CPU_AREA + 0x10; // u32: interrupt windows passed; a watchdog reads it
export const POLL_BUDGET: u32 = CPU_AREA + 0x14; // i32: windows left until the next host_poll
export const IRQS_OFF: u32 = CPU_AREA + 0x24; // u32: non-zero while interrupts are disabled
export const IRQ_RAISED: u32 = CPU_AREA + 0x40; // u32: set to 1 whenever the CPU has something to look at; it clears it
export const CPU_IDLE: u32 = CPU_AREA + 0x44; // u32: 1 while in host_idle and host_wait
export const HOST_ASKS: u32 = CPU_AREA + 0x48; // u32: set to 1, and IRQ_RAISED then, for a host_poll where interrupts become enabled

// ── Vectors with a fixed meaning. ──
export const VECTOR_PACKET: u32 = 1; // host wrote frames into the packet ring (net/packet)
export const VECTOR_PCI_FIRST: u32 = 16; // first vector free for device lines and MSI

/** Where boards in the manner of a PC have message-signalled interrupts: a device's write of a vector's number raises that
 *  vector as an edge. The core takes addresses and data from BOOT_MSI. */
export const MSI_BASE: u32 = 0xfee00000;
