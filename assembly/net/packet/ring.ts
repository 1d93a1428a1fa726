// The host's frames on their way into the core: rings of bytes that the host fills and the core empties. One is for
// whatever the host sends (kpi_packet_ring); an interface that something outside drives has one of its own, which is not
// emptied while the interface's queue is stopped (kpi_packet_ring_open, packet/bound).
//
//   PacketRing ─▶ ┌───────────────┐
//                 │ u32 size      │ bytes of the data area, a power of two
//                 │ u32 data      │ address of the data area
//                 │ u32 prod      │ offset where the host writes next; the host's
//                 │ u32 cons      │ offset where the core reads next; the core's
//                 │ u32 sent      │ frames handed to an interface's queue
//                 │ u32 dropped   │ frames refused: interface not there or down, bad length, no memory
//                 │ u32 bad       │ records out of shape; the ring is emptied then
//                 │ u32 wanted    │ the host sets it when the ring is full; it falls, and the host is told (host_net_room),
//                 └───────────────┘ when the ring is at most half full
//   data[0, size):  records, each at a multiple of 8, whole (never across the end):
//                   u32 ifindex │ u32 len │ len bytes │ padding to 8
//                   ifindex 0: nothing follows up to the end of the area; the next record is at 0
//
// Empty is prod == cons, so the host never fills the last 8 bytes before cons. It writes the record, then prod, then
// sets edge vector VECTOR_PACKET.

import { BOOT_RAM_END } from "../../arch/wasm/memory";
import { GFP_KERNEL, __GFP_ZERO } from "../../abi";
import { host_net_room } from "../../arch/wasm/host";
import { panic_ } from "../../kernel/panic";
import { get_order } from "../../mm/contig";
import { __get_free_pages, free_pages } from "../../mm/page_alloc";

/** Bytes of the data area: a 64th of RAM, within these. */
const SIZE_MIN: u32 = 0x2000;
const SIZE_MAX: u32 = 0x40000;
const HEADER: u32 = 8;

@unmanaged
export class PacketRing {
  size: u32;
  data: usize;
  prod: u32;
  cons: u32;
  sent: u32;
  dropped: u32;
  bad: u32;
  wanted: u32;
}

const ring = changetype<PacketRing>(memory.data(offsetof<PacketRing>(), 64));

/** Host call, any time after boot. The address of the packet ring. */
export function kpi_packet_ring(): usize {
  return changetype<usize>(ring);
}

/** The ring for whatever the host sends. */
@inline
export function shared_ring(): PacketRing {
  return ring;
}

/** Gives a ring its data area; false without memory. */
export function ring_alloc(ring: PacketRing): bool {
  ring.size = SIZE_MIN;
  while (ring.size < SIZE_MAX && ring.size < load<u32>(BOOT_RAM_END) >> 6) ring.size <<= 1;
  ring.data = __get_free_pages(GFP_KERNEL | __GFP_ZERO, get_order(ring.size));
  return ring.data != 0;
}

export function ring_free(ring: PacketRing): void {
  free_pages(ring.data, get_order(ring.size));
}

export function ring_init(): void {
  if (!ring_alloc(ring)) panic_(cstr("packet ring: no memory"));
}

@inline
export function ring_has_frames(ring: PacketRing): bool {
  return ring.cons != atomic.load<u32>(changetype<usize>(ring), offsetof<PacketRing>("prod"));
}

/** The next record, or 0. It stays in the ring until ring_consume. */
export function ring_peek(ring: PacketRing): usize {
  const prod = atomic.load<u32>(changetype<usize>(ring), offsetof<PacketRing>("prod"));
  if (prod < ring.cons && load<u32>(ring.data + ring.cons) == 0) ring.cons = 0;
  if (ring.cons == prod) return 0;
  const record = ring.data + ring.cons;
  const room = (prod > ring.cons ? prod : ring.size) - ring.cons;
  if (prod >= ring.size || (prod & 7) != 0 || room < HEADER || record_len(record) > room - HEADER) {
    ring.bad += 1;
    ring.cons = prod & (ring.size - 8);
    return 0;
  }
  return record;
}

@inline
export function record_ifindex(record: usize): i32 {
  return load<i32>(record);
}

@inline
export function record_len(record: usize): u32 {
  return load<u32>(record, 4);
}

@inline
export function record_frame(record: usize): usize {
  return record + HEADER;
}

/** Gives the space of the record that ring_peek returned back to the host. */
export function ring_consume(ring: PacketRing, record: usize): void {
  const next = ring.cons + HEADER + ((record_len(record) + 7) & ~7);
  atomic.store<u32>(changetype<usize>(ring), next == ring.size ? 0 : next, offsetof<PacketRing>("cons"));
  if (ring.wanted != 0 && ((ring.prod - ring.cons) & (ring.size - 1)) <= ring.size / 2) {
    ring.wanted = 0;
    host_net_room(changetype<usize>(ring));
  }
}
