// Where firmware and image meet. The firmware stays; an image is made by `kpi image`, lies in a slot, and is replaced. The
// image's code runs where it lies, at any address: what it needs of memory it finds through two registers that stay the
// same as long as the board runs (arch.h of the board says which).
//
//   MEMORY_REGISTER ──► linear memory; address 0 of wasm
//   STATE_REGISTER  ──► struct wasm: the image's mutable globals, then what it calls of the firmware
#ifndef KPI_ABI_H
#define KPI_ABI_H

#include "types.h"

#define KPI_ABI_VERSION 2

/** The functions of assembly/arch/wasm/host.ts, in its order. */
struct host {
  void (*task_park)(u32 prev, u32 next);
  void (*task_exit)(void);
  u32 (*idle)(void);
  void (*cpu_kick)(u32 cpu);
  void (*relax)(void);
  void (*wait)(void);
  void (*yield_)(void);
  u32 (*poll)(void);
  void (*clock)(void);
  void (*delay)(u32 ns);
  u32 (*mmio_read)(u32 pa, u32 width);
  void (*mmio_write)(u32 pa, u32 width, u32 value);
  u32 (*port_read)(u32 port, u32 width);
  void (*port_write)(u32 port, u32 width, u32 value);
  u32 (*pci_read)(u32 bdf, u32 where, u32 width);
  void (*pci_write)(u32 bdf, u32 where, u32 width, u32 value);
  void (*console)(u32 level, u32 text, u32 len);
  void (*panic)(void);
  u32 (*backtrace)(u32 buf, u32 size);
  u32 (*task_backtrace)(u32 task, u32 buf, u32 size);
  u32 (*symbol)(u32 slot, u32 buf, u32 size);
  void (*random)(u32 buf, u32 len);
  u32 (*net_rx)(u32 ifindex, u32 frame, u32 len);
  void (*net_room)(u32 ring);
  void (*net_event)(u32 ifindex, u32 event);
};

#define GLOBALS 4

/** What STATE_REGISTER points to. */
struct wasm {
  u32 global[GLOBALS];
  struct host host;
};

/** The image's functions that the firmware calls, in the order of their offsets in the image's header. */
struct kernel {
  u32 (*kpi_boot)(u32 cpu);
  u32 (*kpi_task_create)(u32 entry, u32 nargs, u32 returns, u32 name, u32 a, u32 b, u32 c, u32 d);
  void (*kpi_task_run)(u32 task);
  u32 (*kpi_task_exit)(void);
  u32 (*kpi_task_result)(u32 task);
  void (*kpi_task_free)(u32 task);
  u32 (*kpi_task_trap)(void);
  void (*kpi_host_trap)(void);
  u32 (*kpi_trap_report)(void);
  u32 (*kpi_host_enter)(void);
  void (*kpi_host_leave)(u32 flags);
};

#define KERNEL_ENTRIES (sizeof(struct kernel) / sizeof(void *))

/** The start of an image's body. Offsets count from here. */
struct image {
  u32 magic;
  u32 abi;
  /** Bytes of linear memory that the image was linked for; the first of it that is the arena's. */
  u32 memory_bytes;
  u32 globals[GLOBALS];
  u32 entries[KERNEL_ENTRIES];
  /** Initialised data: an array of {address, bytes, offset}, and how many. */
  u32 data;
  u32 data_count;
  /** Steps of the boot, one for each module: an array of struct step, and how many. */
  u32 steps;
  u32 step_count;
  /** A page of linear memory that is the firmware's. */
  u32 scratch;
  /** Where the core's arena begins. */
  u32 arena;
  /** The function table: offsets of the core's slots, then of the modules'; 0: an empty one. */
  u32 table;
  u32 core_slots;
  u32 all_slots;
  /** Kind WASM: its functions (interpreter.h). Entries are numbers of functions then, and so is what the table has: u16,
   *  all ones for an empty slot. 0: code of the processor's own. */
  u32 functions;
  /** 1: after a panic the board halts; 0: it restarts. */
  u32 halts;
  /** Table slot of what takes the module with that name out again. */
  u32 rmmod;
};

#define IMAGE_MAGIC 0x4d49504b /* "KPIM" */

struct data_run {
  u32 address;
  u32 bytes;
  u32 offset;
};

struct step {
  /** Table slot of what the module is loaded with, and its argument. */
  u32 slot;
  u32 argument;
  /** Its name: an offset. */
  u32 name;
  /** Its part of linear memory. */
  u32 base;
  u32 bytes;
};

/** Why an image stopped (arch_trap); TRAP_BOUNDS is what __builtin_trap() means. */
#define TRAP_BOUNDS 0
#define TRAP_CALL_INDIRECT 1
#define TRAP_DIVISION 2
#define TRAP_UNREACHABLE 3
#define TRAP_STACK 4

#endif
