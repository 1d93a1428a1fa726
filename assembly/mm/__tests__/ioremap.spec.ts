import { PAGE_SIZE } from "../../abi";
import {
  __raw_readb,
  __raw_readl,
  __raw_readq,
  __raw_readw,
  __raw_writeb,
  __raw_writel,
  __raw_writeq,
  __raw_writew,
  memcpy_fromio,
  memcpy_toio,
  memset_io,
} from "../../arch/wasm/io";
import { HEARTBEAT, IOREMAP_BASE, IOREMAP_PAGES } from "../../arch/wasm/memory";
import { inb, inl, insw, inw, outb, outl, outsl, outw } from "../../arch/wasm/port";
import {
  ioread16,
  ioread16be,
  ioread32,
  ioread32_rep,
  ioread32be,
  ioread64_hi_lo,
  ioread8,
  iowrite16,
  iowrite32,
  iowrite32be,
  iowrite64_lo_hi,
  iowrite8,
  iowrite8_rep,
} from "../../lib/iomap";
import { mm_init } from "../init";
import { ioport_map, ioport_unmap, ioremap, iounmap } from "../ioremap";
import { log_count, log_mark, logged } from "../../__tests__/log";

const buffer = memory.data(64, 8);
const BAR: u32 = 0xfe000000;
let cookie: usize = 0;

describe("ioremap", () => {
  beforeEach(() => {
    mm_init();
    cookie = ioremap(BAR, 256);
    log_mark();
  });

  test("returns a cookie outside RAM that reaches the bus address", () => {
    expect(cookie >= IOREMAP_BASE).toBe(true);
    __raw_writel(0x12345678, cookie);
    expect(__raw_readl(cookie)).toBe(0x12345678);
    expect(__raw_readw(cookie + 2)).toBe(0x1234);
    expect(__raw_readb(cookie + 1)).toBe(0x56);
    __raw_writeb(0xff, cookie + 3);
    __raw_writew(0xaaaa, cookie);
    expect(__raw_readl(cookie)).toBe(0xff34aaaa);
    const same = ioremap(BAR, 4);
    expect(same).not.toBe(cookie);
    expect(__raw_readl(same)).toBe(0xff34aaaa);
    expect(__raw_readl(cookie + 252)).toBe(0xffffffff, "nothing was written there");
    __raw_writeq(0x1122334455667788, cookie + 8);
    expect(__raw_readl(cookie + 8)).toBe(0x55667788);
    expect(__raw_readq(cookie + 8)).toBe(0x1122334455667788);
  });

  test("keeps the offset in the page, and knows both ends of a mapping", () => {
    const odd = ioremap(BAR + 0x1804, 0x900);
    expect(odd & (PAGE_SIZE - 1)).toBe(0x804);
    __raw_writel(7, odd + 0x8fc);
    expect(__raw_readl(odd + 0x8fc)).toBe(7);
    log_mark();
    expect(__raw_readl(odd + 0x8fc)).toBe(7);
    expect(log_count()).toBe(0);
    iounmap(odd);
  });

  test("maps whole pages as Linux does, and says once of a mapping that more is used than was asked for", () => {
    const c = ioremap(BAR + 0x1804, 0x40);
    __raw_writel(9, c + 0x40);
    expect(__raw_readl(c + 0x40)).toBe(9);
    expect(logged("ioremap: writel of bus address 0xfe001844, beyond the mapping 0xfe001804-0xfe001843")).toBe(true);
    expect(log_count()).toBe(1);
    __raw_readl(c - 4);
    expect(log_count()).toBe(1);
    iounmap(c);
  });

  test("catches the page behind a mapping, and a mapping that ended", () => {
    expect(() => {
      __raw_writeb(1, ioremap(BAR, PAGE_SIZE) + PAGE_SIZE);
    }).toThrow();
    expect(logged("writeb of 0x")).toBe(true);
    log_mark();
    expect(() => {
      const c = ioremap(BAR, 64);
      iounmap(c);
      __raw_readl(c);
    }).toThrow();
    expect(logged("after iounmap of 0x")).toBe(true);
  });

  test("catches memory, misalignment and NULL", () => {
    expect(() => {
      __raw_readl(0x200000);
    }).toThrow();
    expect(logged("readl of 0x00200000, which is memory and no cookie from ioremap")).toBe(true);
    expect(() => {
      __raw_readl(0);
    }).toThrow();
    expect(() => {
      __raw_readl(ioremap(BAR, 16) + 2);
    }).toThrow();
    expect(logged("is not aligned to 4 bytes")).toBe(true);
    expect(logged("kernel BUG: bad MMIO access")).toBe(true);
  });

  test("refuses RAM, empty and wrapping ranges, and bad cookies", () => {
    expect(ioremap(0x100000, 64)).toBe(0);
    expect(logged("ioremap on RAM at 00100000")).toBe(true);
    expect(ioremap(BAR, 0)).toBe(0);
    expect(ioremap(0xffffff00, 0x200)).toBe(0);
    iounmap(0);
    iounmap(0x1234);
    expect(logged("iounmap of 00001234")).toBe(true);
  });

  test("uses up its cookies, and has them back", () => {
    const half = <usize>(IOREMAP_PAGES / 2) * PAGE_SIZE;
    for (let round = 0; round < 5; round++) {
      const a = ioremap(BAR, half);
      expect(a).not.toBe(0);
      expect(ioremap(BAR, half)).toBe(0);
      iounmap(a);
    }
    expect(logged("no cookies left")).toBe(true);
  });

  test("is an interrupt window at each access", () => {
    const before = load<u32>(HEARTBEAT);
    __raw_readl(cookie);
    __raw_writel(1, cookie);
    inb(0x80);
    ioread8(cookie);
    expect(load<u32>(HEARTBEAT)).toBe(before + 4);
  });

  test("copies blocks, by words where it can", () => {
    for (let i = 0; i < 32; i++) store<u8>(buffer + i, <u8>(i + 1));
    memcpy_toio(cookie + 1, buffer, 11);
    memory.fill(buffer, 0, 32);
    memcpy_fromio(buffer, cookie + 1, 11);
    for (let i = 0; i < 11; i++) expect(load<u8>(buffer + i)).toBe(<u8>(i + 1));
    expect(load<u8>(buffer + 11)).toBe(0);
    memset_io(cookie, 0x5a, 10);
    expect(__raw_readl(cookie + 4)).toBe(0x5a5a5a5a);
    expect(__raw_readl(cookie + 8)).toBe(0x0b0a5a5a);
  });
});

describe("ports", () => {
  beforeEach(() => {
    mm_init();
    log_mark();
  });

  test("are read and written by number", () => {
    outl(0x11223344, 0xc000);
    expect(inl(0xc000)).toBe(0x11223344);
    expect(inw(0xc002)).toBe(0x1122);
    outb(0x99, 0xc001);
    expect(inb(0xc001)).toBe(0x99);
    outw(0x55, 0xc004);
    insw(0xc004, buffer, 3);
    expect(load<u16>(buffer, 4)).toBe(0x55);
    outsl(0xc008, buffer, 1);
    expect(inl(0xc008)).toBe(0x550055);
    expect(() => {
      inb(0x10000);
    }).toThrow();
    expect(logged("bad port access: 1 bytes at port 0x10000")).toBe(true);
  });

  test("are reached through a cookie by ioread and iowrite only", () => {
    const c = ioport_map(0xc000, 0x20);
    iowrite32(0xcafe1234, c + 0x10);
    expect(inl(0xc010)).toBe(0xcafe1234);
    expect(ioread16(c + 0x12)).toBe(0xcafe);
    expect(ioread8(c + 0x13)).toBe(0xca);
    expect(() => {
      __raw_readl(ioport_map(0xc000, 0x20));
    }).toThrow();
    expect(logged("maps ports: use ioread and iowrite")).toBe(true);
    expect(() => {
      ioread32(ioport_map(0xc000, 0x20) + 0x20);
    }).toThrow();
    expect(logged("(port 0xc000)")).toBe(true);
    ioport_unmap(c);
    expect(ioport_map(0x10000, 1)).toBe(0);
    expect(ioport_map(0xfff0, 0x11)).toBe(0);
  });

  test("ioread and iowrite take memory cookies too, in either byte order", () => {
    const c = ioremap(BAR + 0x3000, 64);
    iowrite32be(0x11223344, c);
    expect(__raw_readl(c)).toBe(0x44332211);
    expect(ioread32be(c)).toBe(0x11223344);
    expect(ioread16be(c)).toBe(0x1122);
    iowrite16(0xabcd, c + 4);
    iowrite8(0xef, c + 6);
    expect(ioread32(c + 4)).toBe(0xffefabcd);
    iowrite64_lo_hi(0x0102030405060708, c + 8);
    expect(ioread64_hi_lo(c + 8)).toBe(0x0102030405060708);
    store<u32>(buffer, 0x04030201);
    iowrite8_rep(c + 16, buffer, 4);
    expect(ioread8(c + 16)).toBe(4);
    ioread32_rep(c, buffer, 2);
    expect(load<u32>(buffer, 4)).toBe(0x44332211);
  });
});
