// A host for the core's specs: console lines are collected, time moves only by host_delay, no bus behind the windows.
// It writes the boot block that a board would write. Specs reach the collected state through the `spec` imports.
import { readFileSync } from "node:fs";

/** The memory map's constants, read from the one file that defines them. */
function memoryMap() {
  /** @type {Record<string, number>} */
  const map = {};
  const source = readFileSync(new URL("../../assembly/arch/wasm/memory.ts", import.meta.url), "utf8");
  for (const [, name, value] of source.matchAll(/^export const (\w+): u32 = ([^;]+);/gm)) {
    map[name] = Function(...Object.keys(map), `return ${value};`)(...Object.values(map)) >>> 0;
  }
  return map;
}

/** as-pect's own memory begins at STACK_TOP; the C shadow stack lies below it, outside the RAM that the allocators have. */
const STACK_TOP = 0x2000000;
const SPEC_RAM_END = STACK_TOP - 0x10000;

/** The imports of a spec that runs in `memory`. @param {WebAssembly.Memory} memory */
export function aspectHost(memory) {
  const map = memoryMap();
  const bytes = new Uint8Array(memory.buffer);
  const view = new DataView(memory.buffer);
  let now = 0n;
  /** @type {{ level: number, text: string }[]} */
  const lines = [];
  const tick = (/** @type {number} */ ns) => {
    now += BigInt(ns);
    view.setBigUint64(map.CLOCK_NS, now, true);
  };
  for (let vector = map.VECTOR_PCI_FIRST; vector < map.NR_VECTORS; vector++) {
    view.setUint32(map.BOOT_MSI + vector * map.BOOT_MSI_ENTRY, map.MSI_BASE, true);
    view.setUint32(map.BOOT_MSI + vector * map.BOOT_MSI_ENTRY + 4, vector, true);
  }
  view.setUint32(map.BOOT_MAGIC, map.BOOT_MAGIC_VALUE, true);
  view.setUint32(map.BOOT_RAM_END, SPEC_RAM_END, true);
  view.setUint32(map.BOOT_ARENA, map.ARENA, true);
  view.setUint32(map.BOOT_NR_CPUS, 1, true);
  view.setUint32(map.BOOT_LOGLEVEL, 8, true);
  view.setUint32(map.BOOT_MODULE_SLOTS, 4096, true);
  // Behind the windows: bytes that were written are read back, the rest is all ones, as on a bus where nothing decodes.
  const bus = new Map();
  const space = (/** @type {string} */ name) => ({
    read: (/** @type {number} */ address, /** @type {number} */ width) => {
      let value = 0;
      for (let i = width - 1; i >= 0; i--) value = value * 256 + (bus.get(`${name} ${(address >>> 0) + i}`) ?? 0xff);
      return value;
    },
    write: (/** @type {number} */ address, /** @type {number} */ width, /** @type {number} */ value) => {
      for (let i = 0; i < width; i++) bus.set(`${name} ${(address >>> 0) + i}`, (value >>> (8 * i)) & 0xff);
    },
  });
  const mmio = space("mmio");
  const port = space("port");
  const suspended = (/** @type {string} */ name) => () => {
    throw new Error(`${name}: a spec cannot suspend`);
  };
  /** @type {{ ifindex: number, data: Uint8Array, hdr: Uint8Array }[]} */
  const netFrames = [];
  let netFull = false;
  let netRooms = 0;
  /** @type {{ ifindex: number, event: number }[]} */
  const netEvents = [];
  /** @type {Record<string, (...words: number[]) => unknown>} */
  const host = {
    task_park: suspended("host_task_park"),
    task_exit: suspended("host_task_exit"),
    cpu_kick: () => {},
    relax: () => {},
    idle: () => 1,
    wait: suspended("host_wait"),
    yield_: suspended("host_yield"),
    poll: () => 0,
    clock: () => {},
    delay: (ns) => tick(ns >>> 0),
    mmio_read: mmio.read,
    mmio_write: mmio.write,
    port_read: port.read,
    port_write: port.write,
    pci_read: () => 0xffffffff,
    pci_write: () => {},
    console: (level, text, len) => lines.push({ level, text: Buffer.from(bytes.slice(text, text + len)).toString() }),
    panic: () => {
      throw new Error(`panic: ${lines.at(-1)?.text ?? ""}`);
    },
    backtrace: () => 0,
    task_backtrace: () => 0,
    symbol: () => 0,
    random: (buf, len) => bytes.fill(0x5a, buf, buf + len),
    net_rx: (ifindex, frame, len) => {
      if (netFull) return 0;
      netFrames.push({ ifindex, data: bytes.slice(frame, frame + len), hdr: bytes.slice(frame - 10, frame) });
      return 1;
    },
    net_room: () => void netRooms++,
    net_event: (ifindex, event) => netEvents.push({ ifindex, event }),
  };
  /** @type {Record<string, (...words: number[]) => unknown>} */
  const spec = {
    /** Number of console lines so far. */
    lines: () => lines.length,
    /** Copies console line `index` (negative: from the end) as a C string into [buf, buf + size); returns its length. */
    line: (index, buf, size) => {
      const text = Buffer.from(lines.at(index)?.text ?? "").subarray(0, size - 1);
      bytes.set(text, buf);
      bytes[buf + text.length] = 0;
      return text.length;
    },
    /** Number of frames that host_net_rx got so far. */
    frames: () => netFrames.length,
    /** Copies frame `index` (negative: from the end) into [buf, buf + size); returns its length. */
    frame: (index, buf, size) => {
      const data = netFrames.at(index)?.data.subarray(0, size) ?? [];
      bytes.set(data, buf);
      return data.length;
    },
    /** Copies the virtio_net_hdr of frame `index` (negative: from the end) to `buf`. */
    frame_hdr: (index, buf) => bytes.set(netFrames.at(index)?.hdr ?? [], buf),
    /** Whether host_net_rx has no room. */
    set_full: (full) => void (netFull = full !== 0),
    /** How often host_net_room was called. */
    rooms: () => netRooms,
    /** The interface that frame `index` came from. */
    frame_ifindex: (index) => netFrames.at(index)?.ifindex ?? 0,
    /** Number of host_net_event calls so far. */
    net_events: () => netEvents.length,
    /** The event of call `index` (negative: from the end). */
    net_event: (index) => netEvents.at(index)?.event ?? 0,
    /** Moves the clock by `ns` nanoseconds. */
    advance: (ns) => tick(ns >>> 0),
  };
  const stack = new WebAssembly.Global({ value: "i32", mutable: true }, STACK_TOP);
  return { env: { memory, __stack_pointer: stack }, host, spec };
}
