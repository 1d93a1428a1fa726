// net/packet/af_packet.c: the host's socket. It sends raw frames on any interface and sees every frame that is
// received. Frames to send come through a ring in memory (packet/ring); received ones go up through host_net_rx.

import {
  CHECKSUM_PARTIAL,
  ETH_ALEN,
  ETH_P_ALL,
  IFF_UP,
  IRQ_HANDLED,
  NET_RX_SUCCESS,
  NET_TX_SOFTIRQ,
  VLAN_HLEN,
  net_device,
  packet_type,
  sizeof_packet_type,
  sizeof_virtio_net_hdr,
  sk_buff,
  virtio_net_hdr,
} from "../../abi";
import { host_net_rx } from "../../arch/wasm/host";
import { BOOT_NO_PACKETS, VECTOR_PACKET } from "../../arch/wasm/memory";
import { request_threaded_irq } from "../../kernel/irq/manage";
import { _raw_spin_lock, _raw_spin_unlock } from "../../kernel/locking/spinlock";
import { panic_ } from "../../kernel/panic";
import { raise_softirq } from "../../kernel/softirq";
import { small_board } from "../../mm/small_board";
import { vmalloc } from "../../mm/vmalloc";
import { csum_fold, csum_partial } from "../core/checksum";
import { dev_get_by_index_rcu } from "../core/dev_lookup";
import { dev_core_stats_rx_dropped_inc } from "../core/dev_stats";
import { dev_queue_xmit } from "../core/dev_xmit";
import { init_net } from "../core/net_namespace";
import { dev_add_pack } from "../core/ptype";
import { skb_is_nonlinear, skb_mac_header } from "../core/skb";
import { consume_skb } from "../core/skb_free";
import { skb_copy_bits } from "../core/skb_walk";
import { bound_rings_run, shown_with_vnet_hdr } from "./bound";
import { build_frame, frame_fits } from "./frame";
import {
  record_frame,
  record_ifindex,
  record_len,
  ring_consume,
  ring_has_frames,
  ring_init,
  ring_peek,
  shared_ring,
} from "./ring";
import { vnet_hdr_clear, vnet_hdr_from_skb } from "./vnet_hdr";

/** Frames taken from the ring in one run of NET_TX. */
const WEIGHT: i32 = 64;
/** The longest frame that can be shown, with its tag: the biggest MTU that there is, or on a small board
 *  what an Ethernet card's jumbo frames need. */
const FRAME_BYTES: u32 = 0x10000 + 48;
const SMALL_FRAME_BYTES: u32 = 0x2800 - 16;
/** Where it is shown: behind its virtio_net_hdr. */
const FRAME_OFFSET: u32 = 16;

@unmanaged
class PacketSocket {
  /** Where received frames are put together; guarded by `lock`. One place for all: the host keeps views of it. */
  scratch: usize;
  lock: u32;
  /** Guards the rings' reading ends. */
  ring_lock: u32;
  /** How long it is. */
  size: u32;
  /** Received frames too long to show. */
  too_long: u32;
}

const socket = changetype<PacketSocket>(memory.data(offsetof<PacketSocket>(), 8));
const hook = memory.data(<i32>sizeof_packet_type, 8);

@inline
function scratch_lock(): usize {
  return changetype<usize>(socket) + offsetof<PacketSocket>("lock");
}

/** Whoever reads the rings, or changes their list, holds it with softirqs off. */
@inline
export function ring_lock(): usize {
  return changetype<usize>(socket) + offsetof<PacketSocket>("ring_lock");
}

// ── Sending ──

/** VECTOR_PACKET: the host wrote frames. */
function packet_interrupt(irq: i32, dev_id: usize): i32 {
  raise_softirq(NET_TX_SOFTIRQ);
  return IRQ_HANDLED;
}

function send(ifindex: i32, frame: usize, len: u32): void {
  const ring = shared_ring();
  const dev = dev_get_by_index_rcu(init_net, ifindex);
  if (changetype<usize>(dev) == 0 || !(dev.flags & IFF_UP) || !frame_fits(dev, len)) {
    ring.dropped += 1;
    return;
  }
  const skb = build_frame(dev, frame, len);
  if (changetype<usize>(skb) == 0) {
    ring.dropped += 1;
    return;
  }
  ring.sent += 1;
  dev_queue_xmit(skb);
}

/** NET_TX: sends what the host wrote, and comes back if there is more. One CPU at a time: a ring has one reader. */
export function packet_ring_run(): void {
  const ring = shared_ring();
  _raw_spin_lock(ring_lock());
  for (let left = WEIGHT; left > 0; left--) {
    const record = ring_peek(ring);
    if (record == 0) break;
    send(record_ifindex(record), record_frame(record), record_len(record));
    ring_consume(ring, record);
  }
  const more = bound_rings_run() || ring_has_frames(ring);
  _raw_spin_unlock(ring_lock());
  if (more) raise_softirq(NET_TX_SOFTIRQ);
}

// ── Receiving ──

/** Copies a frame together: its header from before the data, the tag that the device took out, the rest. */
function assemble(skb: sk_buff, header: i32, len: u32): usize {
  const out = socket.scratch + FRAME_OFFSET;
  if (!skb.vlan_present) {
    if (skb_is_nonlinear(skb)) skb_copy_bits(skb, -header, out, len);
    else memory.copy(out, skb_mac_header(skb), len);
    return out;
  }
  const addresses = 2 * ETH_ALEN;
  skb_copy_bits(skb, -header, out, addresses);
  store<u16>(out + addresses, skb.vlan_proto);
  store<u16>(out + addresses, bswap<u16>(skb.vlan_tci), 2);
  skb_copy_bits(skb, <i32>addresses - header, out + addresses + VLAN_HLEN, len - addresses);
  return out;
}

/** Fills in a checksum that was left to a device, or to nobody since the packet was merged: the host is to see a packet as
 *  it is on a wire. `frame`: where it lies, whole. */
function fill_checksum(skb: sk_buff, frame: usize, len: u32, tag: u32): void {
  const start = <u32>skb.csum_start - <u32>skb.mac_header + tag;
  store<u16>(frame + start + skb.csum_offset, <u16>csum_fold(csum_partial(frame + start, len - start, 0)));
}

/** The packet handler: shows a received frame to the host. */
function packet_rcv(skb: sk_buff, dev: net_device, pt: packet_type, orig_dev: net_device): i32 {
  const header = <i32>(skb.data - skb_mac_header(skb));
  const len = skb.len + header;
  if (len + VLAN_HLEN > socket.size) {
    socket.too_long += 1;
  } else {
    _raw_spin_lock(scratch_lock());
    const tag = skb.vlan_present ? VLAN_HLEN : 0;
    const frame = assemble(skb, header, len);
    const hdr = changetype<virtio_net_hdr>(frame - sizeof_virtio_net_hdr);
    if (!shown_with_vnet_hdr(dev.ifindex) || !vnet_hdr_from_skb(skb, hdr, header, tag)) {
      vnet_hdr_clear(hdr);
      if (skb.ip_summed == CHECKSUM_PARTIAL) fill_checksum(skb, frame, len + tag, tag);
    }
    const taken = host_net_rx(dev.ifindex, frame, len + tag);
    _raw_spin_unlock(scratch_lock());
    if (!taken) dev_core_stats_rx_dropped_inc(dev);
  }
  consume_skb(skb);
  return NET_RX_SUCCESS;
}

export function packet_init(): void {
  // Without a host that looks, a received frame is its protocol's alone: nobody copies it, nor has it copied.
  if (load<u32>(BOOT_NO_PACKETS)) return;
  ring_init();
  socket.size = small_board() ? SMALL_FRAME_BYTES : FRAME_BYTES;
  socket.scratch = vmalloc(FRAME_OFFSET + socket.size);
  if (socket.scratch == 0) panic_(cstr("packet socket: no memory"));
  const pt = changetype<packet_type>(hook);
  pt.type = bswap<u16>(<u16>ETH_P_ALL);
  pt.ignore_outgoing = true;
  pt.func = packet_rcv.index;
  dev_add_pack(pt);
  const dev_id = changetype<usize>(socket);
  if (request_threaded_irq(VECTOR_PACKET, packet_interrupt.index, 0, 0, cstr("packet"), dev_id) != 0) {
    panic_(cstr("packet socket: no interrupt"));
  }
}
