import {
  IORESOURCE_IO,
  IORESOURCE_MEM,
  IORESOURCE_MEM_64,
  IORESOURCE_PREFETCH,
  PCI_BASE_ADDRESS_0,
  PCI_BASE_ADDRESS_1,
  PCI_COMMAND,
  PCI_HEADER_TYPE,
  PCI_ROM_ADDRESS,
  PCI_ROM_RESOURCE,
  PCI_SECONDARY_BUS,
  PCI_SUBORDINATE_BUS,
} from "../../../abi";
import { pci_resource, pci_resource_len, to_pci, to_res } from "../internal";
import { pci_rescan_bus } from "../bus";
import {
  add,
  add_bridge,
  bar_io,
  bar_mem,
  bar_mem64,
  boot,
  dev_at,
  get16,
  get32,
  get8,
  IO,
  IO_SIZE,
  line,
  MEM,
  MEM_SIZE,
  pin,
  plug,
  rom,
  ROOT,
  scan,
  scan_windows,
  set32,
  set8,
  unplug,
} from "./fake_pci";
import { INTX } from "../../../__tests__/boot";
import { log_mark, log_text, logged } from "../../../__tests__/log";

function start(dev: usize, bar: u32): u32 {
  return to_res(pci_resource(dev, bar)).start;
}

function end(dev: usize, bar: u32): u32 {
  return to_res(pci_resource(dev, bar)).end;
}

function flags(dev: usize, bar: u32): u32 {
  return to_res(pci_resource(dev, bar)).flags;
}

/** Whether two resources overlap. */
function overlap(a: usize, b: usize): bool {
  return to_res(a).start <= to_res(b).end && to_res(b).start <= to_res(a).end;
}

describe("enumeration", () => {
  beforeEach(() => {
    boot();
    log_mark();
  });

  test("reads what a device is and says it as Linux does", () => {
    const i = add(ROOT, 3, 0, 0x10ec, 0x8139, 0x020000);
    set32(i, 0x2c, 0x11001af4);
    bar_io(i, 0, 0x100);
    bar_mem(i, 1, 0x100);
    pin(i, 1);
    scan();
    const dev = dev_at(0, 3);
    expect(dev).not.toBe(0);
    expect(to_pci(dev).vendor).toBe(0x10ec);
    expect(to_pci(dev).device).toBe(0x8139);
    expect(to_pci(dev).subsystem_vendor).toBe(0x1af4);
    expect(to_pci(dev).subsystem_device).toBe(0x1100);
    expect(to_pci(dev).class_).toBe(0x020000);
    expect(to_pci(dev).revision).toBe(0x20);
    expect(logged("PCI host bridge to bus 0000:00")).toBe(true, log_text());
    expect(logged("pci_bus 0000:00: root bus resource [bus 00-ff]")).toBe(true, log_text());
    expect(logged("pci_bus 0000:00: root bus resource [mem 0x40000000-0x4fffffff]")).toBe(true, log_text());
    expect(logged("pci_bus 0000:00: root bus resource [io  0x1000-0xffff]")).toBe(true, log_text());
    expect(logged("pci 0000:00:03.0: [10ec:8139] type 00 class 0x020000")).toBe(true, log_text());
    expect(logged("pci 0000:00:03.0: BAR 0 [io  0x0000-0x00ff]")).toBe(true, log_text());
    expect(logged("pci 0000:00:03.0: BAR 1 [mem 0x00000000-0x000000ff]")).toBe(true, log_text());
    expect(logged("pci 0000:00:03.0: BAR 0 [io  0x1000-0x10ff]: assigned")).toBe(true, log_text());
    expect(logged("pci 0000:00:03.0: BAR 1 [mem 0x40000000-0x400000ff]: assigned")).toBe(true, log_text());
    expect(get32(i, PCI_BASE_ADDRESS_0)).toBe(0x1001);
    expect(get32(i, PCI_BASE_ADDRESS_1)).toBe(0x40000000);
  });

  test("sizes BARs of every kind and writes their addresses", () => {
    const i = add(ROOT, 1, 0, 0x8086, 0x100e, 0x020000);
    bar_mem(i, 0, 0x20000);
    bar_mem64(i, 1, 0x4000, true);
    bar_io(i, 3, 0x40);
    bar_mem(i, 4, 0x1000, true);
    rom(i, 0x40000);
    scan();
    const dev = dev_at(0, 1);
    expect(pci_resource_len(dev, 0)).toBe(0x20000);
    expect(pci_resource_len(dev, 1)).toBe(0x4000);
    expect(pci_resource_len(dev, 2)).toBe(0);
    expect(pci_resource_len(dev, 3)).toBe(0x40);
    expect(pci_resource_len(dev, 4)).toBe(0x1000);
    expect(pci_resource_len(dev, 5)).toBe(0);
    expect(pci_resource_len(dev, PCI_ROM_RESOURCE)).toBe(0x40000);
    expect(flags(dev, 0) & (IORESOURCE_MEM | IORESOURCE_PREFETCH | IORESOURCE_MEM_64)).toBe(IORESOURCE_MEM);
    expect(flags(dev, 1) & (IORESOURCE_PREFETCH | IORESOURCE_MEM_64)).toBe(IORESOURCE_PREFETCH | IORESOURCE_MEM_64);
    expect(flags(dev, 3) & IORESOURCE_IO).toBe(IORESOURCE_IO);
    for (let bar: u32 = 0; bar <= PCI_ROM_RESOURCE; bar++) {
      if (!flags(dev, bar)) continue;
      expect(start(dev, bar) % pci_resource_len(dev, bar)).toBe(0);
      const io = (flags(dev, bar) & IORESOURCE_IO) != 0;
      expect(start(dev, bar)).toBeGreaterThanOrEqual(io ? IO : MEM);
      expect(end(dev, bar)).toBeLessThan(io ? IO + IO_SIZE : MEM + MEM_SIZE);
      for (let other: u32 = 0; other < bar; other++) {
        if (!flags(dev, other) || (flags(dev, other) ^ flags(dev, bar)) & IORESOURCE_IO) continue;
        expect(overlap(pci_resource(dev, bar), pci_resource(dev, other))).toBe(false);
      }
    }
    expect(get32(i, 0x10)).toBe(start(dev, 0));
    expect(get32(i, 0x14)).toBe(start(dev, 1) | 12);
    expect(get32(i, 0x18)).toBe(0);
    expect(get32(i, 0x1c)).toBe(start(dev, 3) | 1);
    expect(get32(i, PCI_ROM_ADDRESS)).toBe(0); // a ROM does not decode until somebody wants it
    expect(get16(i, PCI_COMMAND)).toBe(0);
  });

  test("the most aligned come first, so that nothing is lost between them", () => {
    for (let n: u32 = 0; n < 4; n++) bar_mem(add(ROOT, n + 1, 0, 0x1234, n, 0x020000), 0, 0x1000 << n);
    scan();
    expect(start(dev_at(0, 4), 0)).toBe(MEM);
    expect(start(dev_at(0, 3), 0)).toBe(MEM + 0x8000);
    expect(start(dev_at(0, 2), 0)).toBe(MEM + 0xc000);
    expect(start(dev_at(0, 1), 0)).toBe(MEM + 0xe000);
  });

  test("leaves the decoders as they were while it sizes", () => {
    const i = add(ROOT, 1, 0, 0x8086, 0x1000, 0x020000);
    bar_mem(i, 0, 0x1000);
    set32(i, PCI_COMMAND, 7);
    scan();
    expect(get16(i, PCI_COMMAND)).toBe(7);
  });

  test("a BAR that is too large, above 4 GB, stuck or absent does no harm", () => {
    const i = add(ROOT, 1, 0, 0x1234, 1, 0x020000);
    bar_mem64(i, 0, 0x200000000);
    bar_mem64(i, 2, 0x1000);
    set32(i, 0x1c, 1); // its address lies at 4 GB
    set32(i, 0x20, 0xfffffff0); // nothing changes when ones are written
    scan();
    const dev = dev_at(0, 1);
    expect(logged("BAR 0: can't handle BAR larger than 4GB (size 0x200000000)")).toBe(true, log_text());
    expect(logged("BAR 2: can't handle BAR above 4GB (bus address 0x100000000)")).toBe(true, log_text());
    expect(start(dev, 2)).toBe(MEM);
    expect(get32(i, 0x1c)).toBe(0);
    expect(pci_resource_len(dev, 5)).toBe(0);
  });

  test("a BAR that is half a register too wide does not reach into what follows", () => {
    const bridge = add_bridge(ROOT, 1);
    bar_mem64(bridge, 1, 0x1000);
    const i = add(bridge, 2, 0, 0x10ec, 0x8139, 0x020000);
    bar_mem64(i, 5, 0x1000);
    scan();
    expect(logged("BAR 1: invalid; 64 bits wide in the last register")).toBe(true);
    expect(get32(bridge, 0x18) & 0xffffff).toBe(0x010100, "bus numbers");
    expect(flags(dev_at(1, 2), 5)).toBe(0);
  });

  test("what finds no room is given up, and the rest is placed", () => {
    const big = add(ROOT, 1, 0, 0x1234, 1, 0x020000);
    bar_mem(big, 0, 0x20000000);
    const small = add(ROOT, 2, 0, 0x1234, 2, 0x020000);
    bar_mem(small, 0, 0x1000);
    scan();
    expect(logged("pci 0000:00:01.0: BAR 0 [mem size 0x20000000]: can't assign; no space")).toBe(true, log_text());
    expect(logged("pci 0000:00:01.0: BAR 0 [mem size 0x20000000]: failed to assign")).toBe(true, log_text());
    expect(pci_resource_len(dev_at(0, 1), 0)).toBe(0);
    expect(start(dev_at(0, 2), 0)).toBe(MEM);
  });

  test("a board without I/O ports or memory places what it can", () => {
    const i = add(ROOT, 1, 0, 0x1234, 1, 0x020000);
    bar_io(i, 0, 0x100);
    bar_mem(i, 1, 0x100);
    scan_windows(0, MEM, 0x1000, 0, 0);
    expect(pci_resource_len(dev_at(0, 1), 0)).toBe(0);
    expect(start(dev_at(0, 1), 1)).toBe(MEM);
  });

  test("functions are looked for where the header says so", () => {
    const a = add(ROOT, 1, 0, 0x1234, 1, 0x020000);
    set8(a, PCI_HEADER_TYPE, 0x80);
    add(ROOT, 1, 3, 0x1234, 2, 0x020000);
    add(ROOT, 2, 0, 0x1234, 3, 0x020000);
    add(ROOT, 2, 1, 0x1234, 4, 0x020000);
    add(ROOT, 3, 1, 0x1234, 5, 0x020000);
    scan();
    expect(dev_at(0, 1, 0)).not.toBe(0);
    expect(dev_at(0, 1, 3)).not.toBe(0);
    expect(dev_at(0, 2, 0)).not.toBe(0);
    expect(dev_at(0, 2, 1)).toBe(0);
    expect(dev_at(0, 3, 1)).toBe(0);
    expect(to_pci(dev_at(0, 1, 3)).multifunction).toBe(1);
  });

  test("an impossible header is refused", () => {
    const i = add(ROOT, 1, 0, 0x1234, 1, 0x020000);
    set8(i, PCI_HEADER_TYPE, 0x7f);
    const j = add(ROOT, 2, 0, 0x1234, 2, 0x060400);
    bar_mem(j, 0, 0x1000);
    scan();
    expect(logged("unknown header type 7f, ignoring device")).toBe(true, log_text());
    expect(dev_at(0, 1)).toBe(0);
    expect(logged("ignoring class 0x060400 (doesn't match header type 00)")).toBe(true, log_text());
    expect(to_pci(dev_at(0, 2)).class_).toBe(0);
  });
});

describe("bridges", () => {
  beforeEach(() => {
    boot();
    log_mark();
  });

  test("are numbered, and their windows hold what lies behind", () => {
    const bridge = add_bridge(ROOT, 1);
    const dev = add(bridge, 5, 0, 0x10ec, 0x8139, 0x020000);
    bar_io(dev, 0, 0x100);
    bar_mem(dev, 1, 0x100);
    bar_mem64(dev, 2, 0x200000, true);
    scan();
    expect(get8(bridge, PCI_SECONDARY_BUS)).toBe(1);
    expect(get8(bridge, PCI_SUBORDINATE_BUS)).toBe(1);
    const pdev = dev_at(1, 5);
    expect(pdev).not.toBe(0);
    expect(logged("pci 0000:00:01.0: PCI bridge to [bus 01]")).toBe(true, log_text());
    expect(logged("pci 0000:00:01.0:   bridge window [io  0x1000-0x1fff]")).toBe(true, log_text());
    expect(start(pdev, 0)).toBe(0x1000);
    // memory window: base and limit in units of 1 MB
    const window = get32(bridge, 0x20);
    const base = (window & 0xfff0) << 16;
    const limit = (window & 0xfff00000) | 0xfffff;
    expect(start(pdev, 1)).toBeGreaterThanOrEqual(base);
    expect(end(pdev, 1)).toBeLessThanOrEqual(limit);
    const pref = get32(bridge, 0x24);
    expect(start(pdev, 2)).toBeGreaterThanOrEqual((pref & 0xfff0) << 16);
    expect(end(pdev, 2)).toBeLessThanOrEqual((pref & 0xfff00000) | 0xfffff);
    expect(get32(bridge, 0x28)).toBe(0);
    expect(get16(bridge, 0x1c) & 0xf0f0).toBe(0x1010);
  });

  test("nest, with ranges of bus numbers inside each other", () => {
    const a = add_bridge(ROOT, 1);
    const b = add_bridge(a, 2);
    const c = add_bridge(a, 3);
    const d = add_bridge(ROOT, 4);
    bar_mem(add(b, 0, 0, 0x1234, 1, 0x020000), 0, 0x1000);
    bar_mem(add(c, 0, 0, 0x1234, 2, 0x020000), 0, 0x400000);
    bar_mem(add(d, 0, 0, 0x1234, 3, 0x020000), 0, 0x1000);
    scan();
    expect(get8(a, PCI_SECONDARY_BUS)).toBe(1);
    expect(get8(a, PCI_SUBORDINATE_BUS)).toBe(3);
    expect(get8(b, PCI_SECONDARY_BUS)).toBe(2);
    expect(get8(b, PCI_SUBORDINATE_BUS)).toBe(2);
    expect(get8(c, PCI_SECONDARY_BUS)).toBe(3);
    expect(get8(d, PCI_SECONDARY_BUS)).toBe(4);
    const low = dev_at(2, 0);
    const high = dev_at(3, 0);
    expect(low).not.toBe(0);
    expect(high).not.toBe(0);
    expect(dev_at(4, 0)).not.toBe(0);
    expect(start(high, 0) % 0x400000).toBe(0);
    const window = get32(a, 0x20);
    expect(start(low, 0)).toBeGreaterThanOrEqual((window & 0xfff0) << 16);
    expect(end(high, 0)).toBeLessThanOrEqual((window & 0xfff00000) | 0xfffff);
    expect(overlap(pci_resource(low, 0), pci_resource(high, 0))).toBe(false);
    // nothing behind it wants I/O: the window is closed
    expect(get16(a, 0x1c) & 0xf0f0).toBe(0x00f0);
  });

  test("stop where the board's bus numbers end", () => {
    const a = add_bridge(ROOT, 1);
    const b = add_bridge(a, 0);
    add(b, 0, 0, 0x1234, 1, 0x020000);
    scan(1);
    expect(get8(a, PCI_SECONDARY_BUS)).toBe(1);
    expect(get8(b, PCI_SECONDARY_BUS)).toBe(0);
    expect(dev_at(1, 0)).not.toBe(0);
  });

  test("pass interrupt pins on, turned by the slot", () => {
    const a = add_bridge(ROOT, 1);
    const b = add_bridge(a, 2);
    const direct = add(ROOT, 3, 0, 0x1234, 1, 0x020000);
    const one = add(a, 5, 0, 0x1234, 2, 0x020000);
    const two = add(b, 6, 0, 0x1234, 3, 0x020000);
    const none = add(ROOT, 7, 0, 0x1234, 4, 0x020000);
    pin(direct, 1);
    pin(one, 2);
    pin(two, 4);
    scan();
    expect(to_pci(dev_at(0, 3)).irq).toBe(INTX + ((3 + 1 - 1) & 3));
    expect(line(direct)).toBe(INTX + 3);
    // pin 2 at slot 5 is pin ((2-1+5)&3)+1 = 3 of the bridge in slot 1
    expect(to_pci(dev_at(1, 5)).irq).toBe(INTX + ((1 + 3 - 1) & 3));
    // pin 4 at slot 6 is pin 2 of the bridge in slot 2, that pin 4 of the bridge in slot 1
    expect(to_pci(dev_at(2, 6)).irq).toBe(INTX + ((1 + 4 - 1) & 3));
    expect(line(two)).toBe(INTX);
    expect(to_pci(dev_at(0, 7)).irq).toBe(0);
    expect(line(none)).toBe(0);
  });
});

describe("rescan", () => {
  beforeEach(() => {
    boot();
    log_mark();
  });

  test("finds what was plugged in later", () => {
    const i = add(ROOT, 1, 0, 0x1234, 1, 0x020000);
    bar_mem(i, 0, 0x1000);
    const late = add(ROOT, 2, 0, 0x1234, 2, 0x020000);
    bar_mem(late, 0, 0x2000);
    unplug(late);
    const bus = scan();
    expect(dev_at(0, 2)).toBe(0);
    const before = start(dev_at(0, 1), 0);
    plug(late);
    pci_rescan_bus(bus);
    expect(start(dev_at(0, 1), 0)).toBe(before);
    expect(dev_at(0, 2)).not.toBe(0);
    expect(overlap(pci_resource(dev_at(0, 1), 0), pci_resource(dev_at(0, 2), 0))).toBe(false);
  });
});
