// The host's frames on their way into the core: a ring of bytes that the host fills and the core empties.
//
//   kpi_packet_ring() ─▶ ┌───────────────┐
//                        │ u32 size      │ bytes of the data area, a power of two
//                        │ u32 data      │ address of the data area
//                        │ u32 prod      │ offset where the host writes next; the host's
//                        │ u32 cons      │ offset where the core reads next; the core's
//                        │ u32 sent      │ frames handed to an interface's queue
//                        │ u32 dropped   │ frames refused: interface not there or down, bad length, no memory
//                        │ u32 bad       │ records out of shape; the ring is emptied then
//                        └───────────────┘
//   data[0, size):  records, each at a multiple of 8, whole (never across the end):
//                   u32 ifindex │ u32 len │ len bytes │ padding to 8
//                   ifindex 0: nothing follows up to the end of the area; the next record is at 0
//
// Empty is prod == cons, so the host never fills the last 8 bytes before cons. It writes the record, then prod, then
// sets edge vector VECTOR_PACKET.

import { GFP_KERNEL, __GFP_ZERO } from "../../abi";
import { panic_ } from "../../kernel/panic";
import { get_order } from "../../mm/contig";
import { __get_free_pages } from "../../mm/page_alloc";

/** Bytes of the data area. */
const SIZE: u32 = 0x40000;
const HEADER: u32 = 8;

@unmanaged
class PacketRing {
  size: u32;
  data: usize;
  prod: u32;
  cons: u32;
  sent: u32;
  dropped: u32;
  bad: u32;
}

const ring = changetype<PacketRing>(memory.data(offsetof<PacketRing>(), 64));

/** Host call, any time after boot. The address of the packet ring. */
export function kpi_packet_ring(): usize {
  return changetype<usize>(ring);
}

export function ring_init(): void {
  ring.size = SIZE;
  ring.data = __get_free_pages(GFP_KERNEL | __GFP_ZERO, get_order(SIZE));
  if (ring.data == 0) panic_(cstr("packet ring: no memory"));
}

@inline
export function ring_has_frames(): bool {
  return ring.cons != atomic.load<u32>(changetype<usize>(ring), offsetof<PacketRing>("prod"));
}

@inline
export function ring_sent(): void {
  ring.sent += 1;
}

@inline
export function ring_dropped(): void {
  ring.dropped += 1;
}

/** The next record, or 0. It stays in the ring until ring_consume. */
export function ring_peek(): usize {
  const prod = atomic.load<u32>(changetype<usize>(ring), offsetof<PacketRing>("prod"));
  if (prod < ring.cons && load<u32>(ring.data + ring.cons) == 0) ring.cons = 0;
  if (ring.cons == prod) return 0;
  const record = ring.data + ring.cons;
  const room = (prod > ring.cons ? prod : SIZE) - ring.cons;
  if (prod >= SIZE || (prod & 7) != 0 || room < HEADER || record_len(record) > room - HEADER) {
    ring.bad += 1;
    ring.cons = prod & (SIZE - 8);
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
export function ring_consume(record: usize): void {
  const next = ring.cons + HEADER + ((record_len(record) + 7) & ~7);
  atomic.store<u32>(changetype<usize>(ring), next == SIZE ? 0 : next, offsetof<PacketRing>("cons"));
}
