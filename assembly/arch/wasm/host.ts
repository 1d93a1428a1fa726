// The host ABI: every function that the core asks of its board, in one place.
//
// Rules: no i64 (a BigInt is garbage for JavaScript), 64-bit values pass through memory; no host function
// calls back into the core except where it says so; functions marked SUSPENDS park the calling wasm stack
// (JSPI on Node, a native stack switch on bare metal) and may be called from task context only.
// A host that lacks one of these refuses to instantiate: there are no optional functions.

// ── Tasks ──

/** SUSPENDS. Parks task `prev` and lets task `next` run (both task_struct addresses; a task that never ran is
 *  started through `kpi_task_run`). Returns when some later call names `prev` as its `next`. */
@external("host", "task_park") export declare function host_task_park(prev: usize, next: usize): void;

/** Ends the running task, whose functions do not return: its wasm stack is dropped, and the host goes on as it does when
 *  kpi_task_run returns. Never returns. */
@external("host", "task_exit") export declare function host_task_exit(): void;

/** The CPU has nothing to do until IRQ_RAISED or HOST_STOP is set, a task was made runnable by `kpi_task_create`, or
 *  the clock reaches the u64 at IDLE_UNTIL. Returns 0 if that is now, or what comes next is so near that the host has
 *  let the time pass; 1 if the core should call host_wait. Two functions, since to suspend has its price. */
@external("host", "idle") export declare function host_idle(): u32;

/** CPU `cpu` is idle, and IRQ_RAISED of its block was just set: ends its host_idle or host_wait. */
@external("host", "cpu_kick") export declare function host_cpu_kick(cpu: u32): void;

/** The CPU waits for another one, which may need the processor that this one's thread keeps: lets it have that for a
 *  moment. Called with several CPUs only. */
@external("host", "relax") export declare function host_relax(): void;

/** SUSPENDS. Waits for what host_idle says. May return early. */
@external("host", "wait") export declare function host_wait(): void;

/** SUSPENDS. Gives the host's event loop one turn and returns to the same task; no other task runs meanwhile. */
@external("host", "yield_") export declare function host_yield(): void;

/** Budgeted poll at an interrupt window: lets links and device models run, refreshes CLOCK_NS and POLL_BUDGET.
 *  Returns 1 if the event loop has waited for a millisecond and the core should call host_yield, else 0. */
@external("host", "poll") export declare function host_poll(): u32;

// ── Time ──

/** Refreshes CLOCK_NS. */
@external("host", "clock") export declare function host_clock(): void;

/** Busy-waits `ns` nanoseconds (udelay) and refreshes CLOCK_NS. */
@external("host", "delay") export declare function host_delay(ns: u32): void;

// ── Bus access. `width` is 1, 2 or 4 bytes; addresses are naturally aligned. A read that nothing decodes is all ones. ──

/** Reads device memory at bus address `pa`. */
@external("host", "mmio_read") export declare function host_mmio_read(pa: u32, width: u32): u32;

/** Writes device memory at bus address `pa`. */
@external("host", "mmio_write") export declare function host_mmio_write(pa: u32, width: u32, value: u32): void;

/** Reads I/O port `port`. */
@external("host", "port_read") export declare function host_port_read(port: u32, width: u32): u32;

/** Writes I/O port `port`. */
@external("host", "port_write") export declare function host_port_write(port: u32, width: u32, value: u32): void;

/** Reads PCI configuration space; `bdf` = bus << 8 | devfn, `where` 0..4095. */
@external("host", "pci_read") export declare function host_pci_read(bdf: u32, where: u32, width: u32): u32;

/** Writes PCI configuration space. */
@external("host", "pci_write") export declare function host_pci_write(
  bdf: u32,
  where: u32,
  width: u32,
  value: u32,
): void;

// ── Console, faults ──

/** Writes `len` bytes of UTF-8 at `text` to the console: one log line without its newline, `level` 0..7. */
@external("host", "console") export declare function host_console(level: u32, text: usize, len: u32): void;

/** The kernel panicked; the report is on the console. Never returns. */
@external("host", "panic") export declare function host_panic(): void;

/** Writes a backtrace of the calling stack, one frame a line, into [buf, buf + size); returns its length. */
@external("host", "backtrace") export declare function host_backtrace(buf: usize, size: u32): u32;

/** Debug flavour. Writes the backtrace with which `task` parked, as host_backtrace does; 0 if it is not parked. */
@external("host", "task_backtrace")
export declare function host_task_backtrace(task: usize, buf: usize, size: u32): u32;

/** Writes the name of the function in table slot `slot` ("cp_interrupt [8139cp]") into [buf, buf + size);
 *  returns its length, 0 if the slot is empty or unknown. */
@external("host", "symbol") export declare function host_symbol(slot: u32, buf: usize, size: u32): u32;

/** Fills [buf, buf + len) with entropy. Under the virtual clock the bytes repeat from run to run. */
@external("host", "random") export declare function host_random(buf: usize, len: u32): void;

// ── Network ──

/** A frame reached the top of the stack on interface `ifindex`; valid during the call only. `len` counts the
 *  Ethernet header and no FCS. `frame` is the same address each time: a host may keep views. Before it lies its
 *  virtio_net_hdr: what is left to do to it, which is nothing unless the host has said that it would
 *  (kpi_packet_ring_open). Returns 0 if the host has no room: the frame is lost and counted, else 1. Softirq context. */
@external("host", "net_rx") export declare function host_net_rx(ifindex: u32, frame: usize, len: u32): u32;

/** The packet ring at `ring`, on which the host had set `wanted`, has room again (net/packet/ring). */
@external("host", "net_room") export declare function host_net_room(ring: usize): void;

/** A netdevice notifier: `event` is NETDEV_REGISTER, NETDEV_UP, NETDEV_CHANGE, … */
@external("host", "net_event") export declare function host_net_event(ifindex: u32, event: u32): void;
