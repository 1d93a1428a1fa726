// lib/iomap.c: accesses through a cookie of either kind, device memory or ports. The mapping's record says which.

import { host_mmio_read, host_mmio_write, host_port_read, host_port_write } from "../arch/wasm/host";
import { irq_window } from "../arch/wasm/irqflags";
import { io_mapping } from "../mm/ioremap";

function read(cookie: usize, width: u32, name: usize): u32 {
  const m = io_mapping(cookie, width, name);
  const place = <u32>cookie + m.delta;
  const value = m.port ? host_port_read(place, width) : host_mmio_read(place, width);
  irq_window();
  return value;
}

function write(cookie: usize, width: u32, value: u32, name: usize): void {
  const m = io_mapping(cookie, width, name);
  const place = <u32>cookie + m.delta;
  if (m.port) host_port_write(place, width, value);
  else host_mmio_write(place, width, value);
  irq_window();
}

@inline
function swab16(value: u32): u32 {
  return <u32>bswap<u16>(<u16>value);
}

/** asm-generic/iomap.h. Reads one byte. Context: any; an interrupt window. */
export function ioread8(cookie: usize): u32 {
  return read(cookie, 1, cstr("ioread8")) & 0xff;
}

/** asm-generic/iomap.h. Reads 16 bits. Context: any; an interrupt window. */
export function ioread16(cookie: usize): u32 {
  return read(cookie, 2, cstr("ioread16")) & 0xffff;
}

/** asm-generic/iomap.h. Reads 16 bits, big-endian. Context: any; an interrupt window. */
export function ioread16be(cookie: usize): u32 {
  return swab16(read(cookie, 2, cstr("ioread16be")));
}

/** asm-generic/iomap.h. Reads 32 bits. Context: any; an interrupt window. */
export function ioread32(cookie: usize): u32 {
  return read(cookie, 4, cstr("ioread32"));
}

/** asm-generic/iomap.h. Reads 32 bits, big-endian. Context: any; an interrupt window. */
export function ioread32be(cookie: usize): u32 {
  return bswap<u32>(read(cookie, 4, cstr("ioread32be")));
}

/** asm-generic/iomap.h. Reads 64 bits as two accesses, the lower address first. Context: any. */
export function ioread64_lo_hi(cookie: usize): u64 {
  const low = ioread32(cookie);
  return <u64>low | ((<u64>ioread32(cookie + 4)) << 32);
}

/** asm-generic/iomap.h. Reads 64 bits as two accesses, the higher address first. Context: any. */
export function ioread64_hi_lo(cookie: usize): u64 {
  const high = ioread32(cookie + 4);
  return <u64>ioread32(cookie) | ((<u64>high) << 32);
}

/** asm-generic/iomap.h. Writes one byte. Context: any; an interrupt window. */
export function iowrite8(value: u32, cookie: usize): void {
  write(cookie, 1, value & 0xff, cstr("iowrite8"));
}

/** asm-generic/iomap.h. Writes 16 bits. Context: any; an interrupt window. */
export function iowrite16(value: u32, cookie: usize): void {
  write(cookie, 2, value & 0xffff, cstr("iowrite16"));
}

/** asm-generic/iomap.h. Writes 16 bits, big-endian. Context: any; an interrupt window. */
export function iowrite16be(value: u32, cookie: usize): void {
  write(cookie, 2, swab16(value), cstr("iowrite16be"));
}

/** asm-generic/iomap.h. Writes 32 bits. Context: any; an interrupt window. */
export function iowrite32(value: u32, cookie: usize): void {
  write(cookie, 4, value, cstr("iowrite32"));
}

/** asm-generic/iomap.h. Writes 32 bits, big-endian. Context: any; an interrupt window. */
export function iowrite32be(value: u32, cookie: usize): void {
  write(cookie, 4, bswap<u32>(value), cstr("iowrite32be"));
}

/** asm-generic/iomap.h. Writes 64 bits as two accesses, the lower address first. Context: any. */
export function iowrite64_lo_hi(value: u64, cookie: usize): void {
  iowrite32(<u32>value, cookie);
  iowrite32(<u32>(value >> 32), cookie + 4);
}

/** asm-generic/iomap.h. Writes 64 bits as two accesses, the higher address first. Context: any. */
export function iowrite64_hi_lo(value: u64, cookie: usize): void {
  iowrite32(<u32>(value >> 32), cookie + 4);
  iowrite32(<u32>value, cookie);
}

/** asm-generic/iomap.h. Reads `count` bytes from one place into `buffer`. Context: any. */
export function ioread8_rep(cookie: usize, buffer: usize, count: u32): void {
  for (; count; count--, buffer++) store<u8>(buffer, <u8>read(cookie, 1, cstr("ioread8_rep")));
}

/** asm-generic/iomap.h. Reads `count` 16-bit values from one place into `buffer`. Context: any. */
export function ioread16_rep(cookie: usize, buffer: usize, count: u32): void {
  for (; count; count--, buffer += 2) store<u16>(buffer, <u16>read(cookie, 2, cstr("ioread16_rep")));
}

/** asm-generic/iomap.h. Reads `count` 32-bit values from one place into `buffer`. Context: any. */
export function ioread32_rep(cookie: usize, buffer: usize, count: u32): void {
  for (; count; count--, buffer += 4) store<u32>(buffer, read(cookie, 4, cstr("ioread32_rep")));
}

/** asm-generic/iomap.h. Writes `count` bytes at `buffer` to one place. Context: any. */
export function iowrite8_rep(cookie: usize, buffer: usize, count: u32): void {
  for (; count; count--, buffer++) write(cookie, 1, load<u8>(buffer), cstr("iowrite8_rep"));
}

/** asm-generic/iomap.h. Writes `count` 16-bit values at `buffer` to one place. Context: any. */
export function iowrite16_rep(cookie: usize, buffer: usize, count: u32): void {
  for (; count; count--, buffer += 2) write(cookie, 2, load<u16>(buffer), cstr("iowrite16_rep"));
}

/** asm-generic/iomap.h. Writes `count` 32-bit values at `buffer` to one place. Context: any. */
export function iowrite32_rep(cookie: usize, buffer: usize, count: u32): void {
  for (; count; count--, buffer += 4) write(cookie, 4, load<u32>(buffer), cstr("iowrite32_rep"));
}
