import { EBUSY, EINVAL, IORESOURCE_BUSY, IORESOURCE_IO, IORESOURCE_MEM, resource } from "../../abi";
import { seq_init, seq_text } from "../../lib/seq_buf";
import { boot_kernel } from "../../__tests__/boot";
import { log_mark, logged, str } from "../../__tests__/log";
import {
  __release_region,
  __request_region,
  adjust_resource,
  allocate_resource,
  insert_resource,
  insert_resource_expand_to_fit,
  iomem_resource,
  ioport_resource,
  proc_iomem,
  proc_ioports,
  release_resource,
  remove_resource,
  request_resource,
} from "../resource";

const pool = memory.data(16 * 32, 8);
const text = memory.data(4096, 8);

function make(index: u32, start: u32, end: u32, name: usize): usize {
  const r = changetype<resource>(pool + index * 32);
  memory.fill(changetype<usize>(r), 0, 32);
  r.start = start;
  r.end = end;
  r.name = name;
  r.flags = IORESOURCE_MEM;
  return changetype<usize>(r);
}

function res(r: usize): resource {
  return changetype<resource>(r);
}

/** pci's way of allocating from the top. */
function from_top(data: usize, avail: usize, size: u32, align: u32): u32 {
  return (res(avail).end + 1 - size) & ~(align - 1);
}

function iomem(): string {
  const s = seq_init(text, 4096);
  proc_iomem(s);
  return str(seq_text(s));
}

const WINDOW: u32 = 0xe0000000;

describe("resources", () => {
  beforeAll(boot_kernel);
  beforeEach(log_mark);

  test("children lie inside and side by side", () => {
    const window = make(0, WINDOW, WINDOW + 0xfffff, cstr("PCI Bus 0000:00"));
    expect(request_resource(iomem_resource, window)).toBe(0);
    expect(request_resource(window, make(1, WINDOW + 0x1000, WINDOW + 0x1fff, cstr("a")))).toBe(0);
    expect(request_resource(window, make(2, WINDOW + 0x1fff, WINDOW + 0x2fff, cstr("b")))).toBe(-EBUSY);
    expect(request_resource(window, make(2, WINDOW - 1, WINDOW, cstr("b")))).toBe(-EBUSY, "sticks out");
    expect(request_resource(window, make(2, WINDOW + 9, WINDOW + 8, cstr("b")))).toBe(-EBUSY, "backwards");
    expect(request_resource(window, make(2, WINDOW, WINDOW + 0xfff, cstr("b")))).toBe(0);
    expect(res(window).child).toBe(pool + 2 * 32);
    expect(res(pool + 2 * 32).sibling).toBe(pool + 32);
    expect(release_resource(pool + 2 * 32)).toBe(0);
    expect(release_resource(pool + 2 * 32)).toBe(-EINVAL);
    expect(release_resource(pool + 32)).toBe(0);
    expect(res(window).child).toBe(0);
    release_resource(window);
  });

  test("allocation aligns, keeps limits, and fills the first gap", () => {
    const window = make(0, WINDOW, WINDOW + 0xffff, cstr("window"));
    request_resource(iomem_resource, window);
    request_resource(window, make(1, WINDOW, WINDOW + 0xff, cstr("first")));
    const bar = make(2, 0, 0, cstr("bar"));
    expect(allocate_resource(window, bar, 0x1000, 0, u32.MAX_VALUE, 0x1000, 0, 0)).toBe(0);
    expect(res(bar).start).toBe(WINDOW + 0x1000);
    expect(res(bar).end).toBe(WINDOW + 0x1fff);
    const small = make(3, 0, 0, cstr("small"));
    expect(allocate_resource(window, small, 0x100, 0, u32.MAX_VALUE, 0x100, 0, 0)).toBe(0);
    expect(res(small).start).toBe(WINDOW + 0x100);
    const high = make(4, 0, 0, cstr("high"));
    expect(allocate_resource(window, high, 0x100, WINDOW + 0x8000, WINDOW + 0x80ff, 0x100, 0, 0)).toBe(0);
    expect(res(high).start).toBe(WINDOW + 0x8000);
    const top = make(5, 0, 0, cstr("top"));
    expect(allocate_resource(window, top, 0x100, WINDOW + 0x9000, u32.MAX_VALUE, 0x1000, from_top.index, 0)).toBe(0);
    expect(res(top).start).toBe(WINDOW + 0xf000);
    const big = make(6, 0, 0, cstr("big"));
    expect(allocate_resource(window, big, 0x10000, 0, u32.MAX_VALUE, 0x1000, 0, 0)).toBe(-EBUSY);
    const wrapped = allocate_resource(iomem_resource, big, 0x20000000, 0xf0000000, u32.MAX_VALUE, 0x1000, 0, 0);
    expect(wrapped).toBe(-EBUSY);
    for (let i: u32 = 1; i <= 5; i++) release_resource(pool + i * 32);
    release_resource(window);
  });

  test("an allocated resource is resized in place or moved", () => {
    const window = make(0, WINDOW, WINDOW + 0xffff, cstr("window"));
    request_resource(iomem_resource, window);
    const bar = make(1, WINDOW, WINDOW + 0xfff, cstr("bar"));
    const next = make(2, WINDOW + 0x2000, WINDOW + 0x2fff, cstr("next"));
    request_resource(window, bar);
    request_resource(window, next);
    expect(allocate_resource(window, bar, 0x2000, 0, u32.MAX_VALUE, 0x1000, 0, 0)).toBe(0);
    expect(res(bar).end).toBe(WINDOW + 0x1fff);
    expect(allocate_resource(window, bar, 0x4000, 0, u32.MAX_VALUE, 0x1000, 0, 0)).toBe(0);
    expect(res(bar).start).toBe(WINDOW + 0x3000, "behind its neighbour");
    expect(res(window).child).toBe(next);
    release_resource(bar);
    release_resource(next);
    release_resource(window);
  });

  test("inserting adopts what is covered, removing gives it back", () => {
    const a = make(1, WINDOW + 0x1000, WINDOW + 0x1fff, cstr("a"));
    const b = make(2, WINDOW + 0x3000, WINDOW + 0x3fff, cstr("b"));
    request_resource(iomem_resource, a);
    request_resource(iomem_resource, b);
    const window = make(0, WINDOW, WINDOW + 0xffff, cstr("window"));
    expect(insert_resource(iomem_resource, window)).toBe(0);
    expect(res(window).child).toBe(a);
    expect(res(a).parent).toBe(window);
    expect(res(b).parent).toBe(window);
    const inner = make(3, WINDOW + 0x1000, WINDOW + 0x3fff, cstr("bridge"));
    expect(insert_resource(iomem_resource, inner)).toBe(0);
    expect(res(inner).parent).toBe(window);
    expect(res(a).parent).toBe(inner);
    const overlaps = make(4, WINDOW + 0x3800, WINDOW + 0x4800, cstr("x"));
    expect(insert_resource(iomem_resource, overlaps)).toBe(-EBUSY);
    const grows = make(5, WINDOW + 0x8000, WINDOW + 0x10fff, cstr("grows"));
    insert_resource_expand_to_fit(iomem_resource, grows);
    expect(res(grows).start).toBe(WINDOW);
    expect(res(window).parent).toBe(grows);
    expect(logged("Expanded resource grows due to conflict with window")).toBe(true);
    expect(remove_resource(grows)).toBe(0);
    expect(remove_resource(inner)).toBe(0);
    expect(res(a).parent).toBe(window);
    expect(res(a).sibling).toBe(b);
    release_resource(window);
    expect(res(a).parent).toBe(window, "children go with their parent");
  });

  test("adjusting keeps neighbours and children", () => {
    const window = make(0, WINDOW, WINDOW + 0xffff, cstr("window"));
    request_resource(iomem_resource, window);
    const a = make(1, WINDOW + 0x1000, WINDOW + 0x1fff, cstr("a"));
    const b = make(2, WINDOW + 0x3000, WINDOW + 0x3fff, cstr("b"));
    request_resource(window, a);
    request_resource(window, b);
    expect(adjust_resource(a, WINDOW, 0x3000)).toBe(0);
    expect(adjust_resource(a, WINDOW, 0x3001)).toBe(-EBUSY);
    expect(adjust_resource(b, WINDOW + 0x2000, 0x1000)).toBe(-EBUSY);
    expect(adjust_resource(window, WINDOW, 0x3000)).toBe(-EBUSY, "b would stick out");
    expect(adjust_resource(window, WINDOW, 0x4000)).toBe(0);
    release_resource(window);
  });

  test("regions are busy, go below windows, and are released by range", () => {
    const window = make(0, 0xc000, 0xcfff, cstr("PCI Bus 0000:00"));
    res(window).flags = IORESOURCE_IO;
    request_resource(ioport_resource, window);
    const region = __request_region(ioport_resource, 0xc100, 0x100, cstr("8139cp"), 0);
    expect(res(region).parent).toBe(window);
    expect(res(region).flags).toBe(IORESOURCE_IO | IORESOURCE_BUSY);
    expect(__request_region(ioport_resource, 0xc1ff, 1, cstr("8139too"), 0)).toBe(0);
    const s = seq_init(text, 4096);
    proc_ioports(s);
    expect(str(seq_text(s))).toBe("c000-cfff : PCI Bus 0000:00\n  c100-c1ff : 8139cp\n");
    __release_region(ioport_resource, 0xc100, 0x80);
    expect(logged("resource: Trying to free nonexistent resource <0x0000c100-0x0000c17f>")).toBe(true);
    __release_region(ioport_resource, 0xc100, 0x100);
    expect(res(window).child).toBe(0);
    release_resource(window);
  });

  test("/proc/iomem indents and starts with RAM", () => {
    const window = make(0, WINDOW, WINDOW + 0xffff, cstr("PCI Bus 0000:00"));
    request_resource(iomem_resource, window);
    __request_region(iomem_resource, WINDOW + 0x100, 0x100, cstr("8139cp"), 0);
    const own = "e0000000-e000ffff : PCI Bus 0000:00\n  e0000100-e00001ff : 8139cp\n";
    expect(iomem()).toBe("00000000-01feffff : System RAM\n" + own);
    __release_region(iomem_resource, WINDOW + 0x100, 0x100);
    release_resource(window);
  });
});
