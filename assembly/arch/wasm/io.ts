// asm/io.h: accesses to device memory. Each is a call of the host with the bus address that the cookie stands for, and an
// interrupt window afterwards: what the device does in answer is seen where a processor would see it.

import { mmio_address } from "../../mm/ioremap";
import { host_mmio_read, host_mmio_write } from "./host";
import { irq_window } from "./irqflags";

@inline
function read(cookie: usize, width: u32, name: usize): u32 {
  const value = host_mmio_read(mmio_address(cookie, width, name), width);
  irq_window();
  return value;
}

@inline
function write(cookie: usize, width: u32, value: u32, name: usize): void {
  host_mmio_write(mmio_address(cookie, width, name), width, value);
  irq_window();
}

/** One access of several: called, where a single one has the way to the host in itself. */
function read_part(cookie: usize, width: u32, name: usize): u32 {
  return read(cookie, width, name);
}

function write_part(cookie: usize, width: u32, value: u32, name: usize): void {
  write(cookie, width, value, name);
}

/** asm/io.h. Reads one byte of device memory; readb() becomes it. Context: any; an interrupt window. */
export function __raw_readb(cookie: usize): u32 {
  return read(cookie, 1, cstr("readb")) & 0xff;
}

/** asm/io.h. Reads 16 bits of device memory; readw() becomes it. Context: any; an interrupt window. */
export function __raw_readw(cookie: usize): u32 {
  return read(cookie, 2, cstr("readw")) & 0xffff;
}

/** asm/io.h. Reads 32 bits of device memory; readl() becomes it. Context: any; an interrupt window. */
export function __raw_readl(cookie: usize): u32 {
  return read(cookie, 4, cstr("readl"));
}

/** asm/io.h. Reads 64 bits of device memory as two 32-bit accesses, the lower address first. Context: any. */
export function __raw_readq(cookie: usize): u64 {
  const low = read_part(cookie, 4, cstr("readq"));
  return <u64>low | ((<u64>read_part(cookie + 4, 4, cstr("readq"))) << 32);
}

/** asm/io.h. Writes one byte of device memory; writeb() becomes it. Context: any; an interrupt window. */
export function __raw_writeb(value: u32, cookie: usize): void {
  write(cookie, 1, value & 0xff, cstr("writeb"));
}

/** asm/io.h. Writes 16 bits of device memory; writew() becomes it. Context: any; an interrupt window. */
export function __raw_writew(value: u32, cookie: usize): void {
  write(cookie, 2, value & 0xffff, cstr("writew"));
}

/** asm/io.h. Writes 32 bits of device memory; writel() becomes it. Context: any; an interrupt window. */
export function __raw_writel(value: u32, cookie: usize): void {
  write(cookie, 4, value, cstr("writel"));
}

/** asm/io.h. Writes 64 bits of device memory as two 32-bit accesses, the lower address first. Context: any. */
export function __raw_writeq(value: u64, cookie: usize): void {
  write_part(cookie, 4, <u32>value, cstr("writeq"));
  write_part(cookie + 4, 4, <u32>(value >> 32), cstr("writeq"));
}

/** Whether the next access may be a whole word. */
@inline
function word(cookie: usize, left: usize): bool {
  return left >= 4 && !(cookie & 3);
}

/** linux/io.h. Copies `size` bytes of device memory to `buffer`, by words where the cookie is aligned. Context: any. */
export function memcpy_fromio(buffer: usize, cookie: usize, size: usize): void {
  while (size) {
    const width: usize = word(cookie, size) ? 4 : 1;
    const value = read_part(cookie, <u32>width, cstr("memcpy_fromio"));
    if (width == 4) store<u32>(buffer, value);
    else store<u8>(buffer, <u8>value);
    buffer += width;
    cookie += width;
    size -= width;
  }
}

/** linux/io.h. Copies `size` bytes at `buffer` to device memory, by words where the cookie is aligned. Context: any. */
export function memcpy_toio(cookie: usize, buffer: usize, size: usize): void {
  while (size) {
    const width: usize = word(cookie, size) ? 4 : 1;
    write_part(cookie, <u32>width, width == 4 ? load<u32>(buffer) : load<u8>(buffer), cstr("memcpy_toio"));
    buffer += width;
    cookie += width;
    size -= width;
  }
}

/** linux/io.h. Sets `size` bytes of device memory to `value`, by words where the cookie is aligned. Context: any. */
export function memset_io(cookie: usize, value: i32, size: usize): void {
  const byte = <u32>value & 0xff;
  while (size) {
    const width: usize = word(cookie, size) ? 4 : 1;
    write_part(cookie, <u32>width, width == 4 ? byte * 0x01010101 : byte, cstr("memset_io"));
    cookie += width;
    size -= width;
  }
}
