// From reset to the core's idle loop.

#include "firmware.h"
#include "interpreter.h"

struct wasm wasm_state;

static void write_boot_block(void) {
  WORD(BOOT_MAGIC) = BOOT_MAGIC_VALUE;
  WORD(BOOT_RAM_END) = image->memory_bytes;
  WORD(BOOT_ARENA) = image->arena;
  WORD(BOOT_DMA_BASE) = (u32)linear_memory;
  WORD(BOOT_NR_CPUS) = 1;
  bus_describe();
  // What is on the network is a module.
  WORD(BOOT_NO_PACKETS) = 1;
  WORD(BOOT_LOGLEVEL) = 7;
  WORD(BOOT_MODULE_SLOTS) = FIRST_MODULE_SLOT;
  wasm_state.host.random(BOOT_SEED, 8);
}

/** A part of linear memory, whole words, as the image has it. */
void load_data(u32 address, u32 bytes) {
  u32 end = address + bytes;
  for (u32 *word = (u32 *)(linear_memory + address); word < (u32 *)(linear_memory + end); word++) *word = 0;
  const struct data_run *run = (const struct data_run *)((const u8 *)image + image->data);
  for (u32 i = 0; i < image->data_count; i++, run++) {
    const u8 *from = (const u8 *)image + run->offset;
    u32 first = run->address < address ? address : run->address;
    u32 last = run->address + run->bytes < end ? run->address + run->bytes : end;
    for (u32 j = first; j < last; j++) linear_memory[j] = from[j - run->address];
  }
}

static void load_image(void) {
  load_data(0, image->memory_bytes);
  for (u32 i = 0; i < GLOBALS; i++) wasm_state.global[i] = image->globals[i];
}

void board_main(void) {
  machine_init();
  print("kpi: " BOARD_NAME "\n");
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
  devices_init();
  interrupts_on();
  kernel.kpi_boot(0);
  print("kpi: the core stopped\n");
  board_halt(0);
}
