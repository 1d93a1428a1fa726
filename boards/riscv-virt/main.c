// From reset to the core's idle loop.

#include "board.h"
#include "interpreter.h"

struct wasm wasm_state;

static void write_boot_block(void) {
  WORD(BOOT_MAGIC) = BOOT_MAGIC_VALUE;
  WORD(BOOT_RAM_END) = image->memory_bytes;
  WORD(BOOT_ARENA) = image->arena;
  WORD(BOOT_DMA_BASE) = (u32)linear_memory;
  WORD(BOOT_NR_CPUS) = 1;
  WORD(BOOT_PCI_MEM_BASE) = PCI_MMIO;
  WORD(BOOT_PCI_MEM_SIZE) = PCI_MMIO_BYTES;
  WORD(BOOT_PCI_IO_BASE) = PCI_PIO_FIRST;
  WORD(BOOT_PCI_IO_SIZE) = PCI_PIO_BYTES;
  WORD(BOOT_PCI_LAST_BUS) = 0;
  WORD(BOOT_PCI_INTX) = (VECTOR_PCI_FIRST + 3) << 24 | (VECTOR_PCI_FIRST + 2) << 16 | (VECTOR_PCI_FIRST + 1) << 8 | VECTOR_PCI_FIRST;
  WORD(BOOT_LOGLEVEL) = 7;
  WORD(BOOT_MODULE_SLOTS) = FIRST_MODULE_SLOT;
  wasm_state.host.random(BOOT_SEED, 8);
}

static void load_image(void) {
  for (u32 *word = (u32 *)linear_memory; word < (u32 *)(linear_memory + image->memory_bytes); word++) *word = 0;
  const struct data_run *run = (const struct data_run *)((const u8 *)image + image->data);
  for (u32 i = 0; i < image->data_count; i++, run++) {
    const u8 *from = (const u8 *)image + run->offset;
    for (u32 j = 0; j < run->bytes; j++) linear_memory[run->address + j] = from[j];
  }
  for (u32 i = 0; i < GLOBALS; i++) wasm_state.global[i] = image->globals[i];
}

void board_main(void) {
  uart_init();
  __asm__ volatile("csrw mie, %0" : : "r"(1u << 7 | 1u << 11)); // timer and PLIC may end a wfi
  print("kpi: riscv-virt\n");
  loader_listen();
  if (!slot_find()) {
    print("kpi: no bootable slot; write one with: kpi flash\n");
    loader_wait();
  }
  contexts_init();
  host_init();
  load_image();
  write_boot_block();
  if (image->functions) values_reset(CONTEXTS);
  watchdog_arm();
  plic_init();
  __asm__ volatile("csrs mstatus, %0" : : "r"(8));
  kernel.kpi_boot(0);
  print("kpi: the core stopped\n");
  board_halt(0);
}
