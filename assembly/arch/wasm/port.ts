// asm/io.h: I/O ports. Each access is a call of the host and an interrupt window.

import { BUG } from "../../kernel/panic";
import { pr } from "../../kernel/printk/printk";
import { IO_SPACE } from "../../mm/ioremap";
import { host_port_read, host_port_write } from "./host";
import { irq_window } from "./irqflags";

function bad_port(port: u32, width: u32): void {
  pr(cstr("\x011bad port access: %u bytes at port 0x%x"), width, port);
  BUG(cstr("bad port access"));
}

@inline
export function port_read(port: u32, width: u32): u32 {
  if (port >= IO_SPACE || port & (width - 1)) bad_port(port, width);
  const value = host_port_read(port, width);
  irq_window();
  return value;
}

@inline
export function port_write(port: u32, width: u32, value: u32): void {
  if (port >= IO_SPACE || port & (width - 1)) bad_port(port, width);
  host_port_write(port, width, value);
  irq_window();
}

/** asm/io.h. Reads one byte from a port. Context: any; an interrupt window. */
export function inb(port: u32): u32 {
  return port_read(port, 1) & 0xff;
}

/** asm/io.h. Reads 16 bits from a port. Context: any; an interrupt window. */
export function inw(port: u32): u32 {
  return port_read(port, 2) & 0xffff;
}

/** asm/io.h. Reads 32 bits from a port. Context: any; an interrupt window. */
export function inl(port: u32): u32 {
  return port_read(port, 4);
}

/** asm/io.h. Writes one byte to a port. Context: any; an interrupt window. */
export function outb(value: u32, port: u32): void {
  port_write(port, 1, value & 0xff);
}

/** asm/io.h. Writes 16 bits to a port. Context: any; an interrupt window. */
export function outw(value: u32, port: u32): void {
  port_write(port, 2, value & 0xffff);
}

/** asm/io.h. Writes 32 bits to a port. Context: any; an interrupt window. */
export function outl(value: u32, port: u32): void {
  port_write(port, 4, value);
}

/** asm/io.h. Reads `count` bytes from one port into `buffer`. Context: any. */
export function insb(port: u32, buffer: usize, count: u32): void {
  for (; count; count--, buffer++) store<u8>(buffer, <u8>inb(port));
}

/** asm/io.h. Reads `count` 16-bit values from one port into `buffer`. Context: any. */
export function insw(port: u32, buffer: usize, count: u32): void {
  for (; count; count--, buffer += 2) store<u16>(buffer, <u16>inw(port));
}

/** asm/io.h. Reads `count` 32-bit values from one port into `buffer`. Context: any. */
export function insl(port: u32, buffer: usize, count: u32): void {
  for (; count; count--, buffer += 4) store<u32>(buffer, inl(port));
}

/** asm/io.h. Writes `count` bytes at `buffer` to one port. Context: any. */
export function outsb(port: u32, buffer: usize, count: u32): void {
  for (; count; count--, buffer++) outb(load<u8>(buffer), port);
}

/** asm/io.h. Writes `count` 16-bit values at `buffer` to one port. Context: any. */
export function outsw(port: u32, buffer: usize, count: u32): void {
  for (; count; count--, buffer += 2) outw(load<u16>(buffer), port);
}

/** asm/io.h. Writes `count` 32-bit values at `buffer` to one port. Context: any. */
export function outsl(port: u32, buffer: usize, count: u32): void {
  for (; count; count--, buffer += 4) outl(load<u32>(buffer), port);
}
