// The host ABI, function for function as assembly/arch/wasm/host.ts documents it.

#include "firmware.h"
#include "interpreter.h"

/** Interrupt windows between two polls. */
#define POLL_WINDOWS 64

/** After each access to a device, which may let go of its interrupt line with it. */
static void accessed(void) {
  u32 state = interrupts_off();
  devices_accessed();
  interrupts_restore(state);
}

// ── Tasks ──

/** Set while the timer is the idle loop's alarm, and not the watchdog's. */
volatile u32 cpu_idles;

static u32 work_waits(void) {
  clock_store();
  if (WORD(IRQ_RAISED) || WORD(HOST_STOP) || now_ns() >= WORD64(IDLE_UNTIL)) return 1;
  program_step();
  return program_task != 0;
}

/** Sleeps until there is something to do. The program above the core (program.c) takes its steps here. */
static u32 host_idle(void) {
  cpu_idles = 1;
  for (loader_poll(); !work_waits(); loader_poll()) {
    u32 state = interrupts_off();
    if (!WORD(IRQ_RAISED)) {
      uart_wake();
      alarm_set(WORD64(IDLE_UNTIL));
      cpu_sleep();
    }
    interrupts_restore(state);
  }
  cpu_idles = 0;
  watchdog_arm();
  return 0;
}

static void host_wait(void) {
  host_idle();
}

static void host_cpu_kick(u32 cpu) {
  (void)cpu; // one CPU, which does not sleep while it calls
}

static void nothing(void) {}

static u32 host_poll(void) {
  clock_store();
  loader_poll();
  WORD(POLL_BUDGET) = POLL_WINDOWS;
  return 0;
}

static void host_delay(u32 ns) {
  delay_ns(ns);
  clock_store();
}

// ── Bus ──

static u32 host_mmio_read(u32 pa, u32 width) {
  u32 value = width == 1 ? REG8(pa) : width == 2 ? REG16(pa) : REG32(pa);
  // What the device wrote to memory before it is read after it.
  device_barrier();
  accessed();
  clock_store();
  return value;
}

static void host_mmio_write(u32 pa, u32 width, u32 value) {
  // What the device will read from memory is written before it is told.
  device_barrier();
  if (width == 1) REG8(pa) = (u8)value;
  else if (width == 2) REG16(pa) = (u16)value;
  else REG32(pa) = value;
  accessed();
  clock_store();
}

static u32 host_port_read(u32 port, u32 width) {
  u32 value = port_read(port, width);
  device_barrier();
  accessed();
  clock_store();
  return value;
}

static void host_port_write(u32 port, u32 width, u32 value) {
  device_barrier();
  port_write(port, width, value);
  accessed();
  clock_store();
}

// ── Console, faults ──

static void host_console(u32 level, u32 text, u32 len) {
  (void)level;
  for (u32 i = 0; i < len; i++) {
    if (linear_memory[text + i] == '\n') uart_put('\r');
    uart_put(linear_memory[text + i]);
  }
  print("\n");
}

static void host_panic(void) {
  board_panic();
}

static u32 host_backtrace(u32 buf, u32 size) {
  u32 here;
  return backtrace(0, 0, (u32)&here, (char *)linear_memory + buf, size);
}

static u32 host_task_backtrace(u32 task, u32 buf, u32 size) {
  u32 high;
  struct values parked;
  u32 sp = task_parked_at(task, &high, &parked);
  if (sp && image->functions) return interpreter_functions(&parked, (char *)linear_memory + buf, size);
  return sp ? stack_functions(sp, high, 0, (char *)linear_memory + buf, size) : 0;
}

static u32 host_symbol(u32 slot, u32 buf, u32 size) {
  u32 offset;
  const char *name = symbol_of(table_function(slot), &offset);
  u32 length = 0;
  for (; name && name[length] && length < size; length++) linear_memory[buf + length] = (u8)name[length];
  return length;
}

/** xorshift64* of what the counters say: there is no source of entropy on this board. */
static void host_random(u32 buf, u32 len) {
  static u64 state;
  state ^= now_ns() << 32 ^ cycle_count() ^ 0x9e3779b97f4a7c15ull;
  for (u32 i = 0; i < len; i++) {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    linear_memory[buf + i] = (u8)(state * 0x2545f4914f6cdd1dull >> 56);
  }
}

// Nothing of the firmware's is on the network: what is there, is a module.

static u32 host_net_rx(u32 ifindex, u32 frame, u32 len) {
  (void)ifindex;
  (void)frame;
  (void)len;
  return 1;
}

static void host_net_room(u32 ring) {
  (void)ring;
}

static void host_net_event(u32 ifindex, u32 event) {
  (void)ifindex;
  (void)event;
}

void host_init(void) {
  wasm_state.host = (struct host){
    .task_park = task_park,
    .task_exit = task_exit,
    .idle = host_idle,
    .cpu_kick = host_cpu_kick,
    .relax = nothing,
    .wait = host_wait,
    .yield_ = nothing,
    .poll = host_poll,
    .clock = clock_store,
    .delay = host_delay,
    .mmio_read = host_mmio_read,
    .mmio_write = host_mmio_write,
    .port_read = host_port_read,
    .port_write = host_port_write,
    .pci_read = pci_read,
    .pci_write = pci_write,
    .console = host_console,
    .panic = host_panic,
    .backtrace = host_backtrace,
    .task_backtrace = host_task_backtrace,
    .symbol = host_symbol,
    .random = host_random,
    .net_rx = host_net_rx,
    .net_room = host_net_room,
    .net_event = host_net_event,
  };
}
