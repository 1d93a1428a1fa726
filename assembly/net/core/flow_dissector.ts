// net/core/flow_dissector.c: the flow that a packet belongs to: protocols, addresses and ports, and a hash of them by which
// queues are chosen.

import {
  ETH_P_8021AD,
  ETH_P_8021Q,
  ETH_P_IP,
  ETH_P_IPV6,
  FLOW_DISSECTOR_KEY_BASIC,
  FLOW_DISSECTOR_KEY_CONTROL,
  FLOW_DISSECTOR_KEY_IPV4_ADDRS,
  FLOW_DISSECTOR_KEY_IPV6_ADDRS,
  FLOW_DISSECTOR_KEY_PORTS,
  FLOW_DIS_FIRST_FRAG,
  FLOW_DIS_IS_FRAGMENT,
  IPPROTO_DCCP,
  IPPROTO_DSTOPTS,
  IPPROTO_FRAGMENT,
  IPPROTO_HOPOPTS,
  IPPROTO_ROUTING,
  IPPROTO_SCTP,
  IPPROTO_TCP,
  IPPROTO_UDP,
  IPPROTO_UDPLITE,
  IP_MF,
  IP_OFFSET,
  flow_dissector,
  flow_dissector_key_basic,
  flow_dissector_key_control,
  offsetof_flow_dissector_offset,
  offsetof_flow_keys_basic_basic,
  offsetof_flow_keys_basic_control,
  sizeof_flow_dissector,
  sizeof_iphdr,
  sizeof_ipv6hdr,
  sk_buff,
} from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { get_random_u32 } from "../../lib/random";
import { skb_headlen, skb_network_header, skb_is_nonlinear } from "./skb";
import { skb_copy_bits } from "./skb_walk";

/** Tags and extension headers that are looked behind (MAX_FLOW_DISSECT_HDRS). */
const MAX_HEADERS: u32 = 15;
/** Bytes of a fragmented packet that are looked at. */
const WINDOW: u32 = 256;

/** What a packet says of its flow. */
@unmanaged
class Flow {
  n_proto: u16;
  thoff: u16;
  ip_proto: u32;
  flags: u32;
  /** FLOW_DISSECTOR_KEY_IPV4_ADDRS, _IPV6_ADDRS or 0, and where the source's bytes begin; the destination's follow. */
  addr_type: u32;
  addrs: usize;
  /** Both ports as they are in the packet; 0 if there are none. */
  ports: u32;
}

/** linux/skbuff.h. `struct flow_dissector flow_keys_basic_dissector`: which fills in a struct flow_keys_basic. */
export const flow_keys_basic_dissector: usize = memory.data(<i32>sizeof_flow_dissector, 8);
/** What makes hashes of one boot unlike those of another; 0 until the first. */
const seed = memory.data(4, 4);

function set_offset(dissector: usize, key: u32, offset: usize): void {
  store<u16>(dissector + offsetof_flow_dissector_offset + key * 2, <u16>offset);
}

export function flow_dissector_init(): void {
  changetype<flow_dissector>(flow_keys_basic_dissector).used_keys =
    (1 << FLOW_DISSECTOR_KEY_CONTROL) | (1 << FLOW_DISSECTOR_KEY_BASIC);
  set_offset(flow_keys_basic_dissector, FLOW_DISSECTOR_KEY_CONTROL, offsetof_flow_keys_basic_control);
  set_offset(flow_keys_basic_dissector, FLOW_DISSECTOR_KEY_BASIC, offsetof_flow_keys_basic_basic);
}

function has_ports(protocol: u32): bool {
  switch (protocol) {
    case IPPROTO_TCP:
    case IPPROTO_UDP:
    case IPPROTO_DCCP:
    case IPPROTO_SCTP:
    case IPPROTO_UDPLITE:
      return true;
    default:
      return false;
  }
}

/** Reads the IPv4 header at `at`; bytes to the next header, 0 if there is none to look at, -1 if the packet is short. */
function read_ipv4(flow: Flow, at: usize, left: i32): i32 {
  if (left < <i32>sizeof_iphdr) return -1;
  const ihl = <i32>(load<u8>(at) & 15) * 4;
  if (ihl < <i32>sizeof_iphdr) return -1;
  flow.ip_proto = load<u8>(at, 9);
  flow.addr_type = FLOW_DISSECTOR_KEY_IPV4_ADDRS;
  flow.addrs = at + 12;
  const off = <u32>bswap<u16>(load<u16>(at, 6));
  if (off & (IP_MF | IP_OFFSET)) flow.flags |= FLOW_DIS_IS_FRAGMENT | (off & IP_OFFSET ? 0 : FLOW_DIS_FIRST_FRAG);
  return ihl;
}

/** Reads the IPv6 header at `at` with its extension headers, likewise. */
function read_ipv6(flow: Flow, at: usize, left: i32): i32 {
  let len = <i32>sizeof_ipv6hdr;
  if (left < len) return -1;
  flow.addr_type = FLOW_DISSECTOR_KEY_IPV6_ADDRS;
  flow.addrs = at + 8;
  let next = <u32>load<u8>(at, 6);
  for (let i: u32 = 0; i < MAX_HEADERS; i++) {
    if (next != IPPROTO_HOPOPTS && next != IPPROTO_ROUTING && next != IPPROTO_DSTOPTS && next != IPPROTO_FRAGMENT)
      break;
    if (left < len + 8) return -1;
    const head = at + len;
    if (next == IPPROTO_FRAGMENT) {
      const first = (load<u16>(head, 2) & bswap<u16>(0xfff8)) == 0;
      flow.flags |= FLOW_DIS_IS_FRAGMENT | (first ? FLOW_DIS_FIRST_FRAG : 0);
      len += 8;
    } else {
      len += (<i32>load<u8>(head, 1) + 1) * 8;
    }
    next = load<u8>(head);
  }
  flow.ip_proto = next;
  return len;
}

/** Reads [data + nhoff, data + hlen), whose protocol (network order) is `proto`. Whether that led somewhere. */
function dissect(flow: Flow, data: usize, proto: u16, nhoff: i32, hlen: i32): bool {
  memory.fill(changetype<usize>(flow), 0, offsetof<Flow>());
  for (let i: u32 = 0; i < MAX_HEADERS; i++) {
    if (proto != bswap<u16>(<u16>ETH_P_8021Q) && proto != bswap<u16>(<u16>ETH_P_8021AD)) break;
    if (hlen - nhoff < 4) return false;
    proto = load<u16>(data + nhoff, 2);
    nhoff += 4;
  }
  flow.n_proto = proto;
  flow.thoff = <u16>min(nhoff, hlen);
  let len = -1;
  if (proto == bswap<u16>(<u16>ETH_P_IP)) len = read_ipv4(flow, data + nhoff, hlen - nhoff);
  else if (proto == bswap<u16>(<u16>ETH_P_IPV6)) len = read_ipv6(flow, data + nhoff, hlen - nhoff);
  if (len < 0) return false;
  nhoff += len;
  flow.thoff = <u16>min(nhoff, hlen);
  if (!(flow.flags & FLOW_DIS_IS_FRAGMENT) && has_ports(flow.ip_proto) && hlen - nhoff >= 4) {
    flow.ports = load<u32>(data + nhoff);
  }
  return true;
}

/** dissect() of a packet, from its network header. What lies in pages is copied to `window` first. */
function dissect_skb(flow: Flow, skb: sk_buff, window: usize): bool {
  const proto = skb.vlan_present ? skb.vlan_proto : skb.protocol;
  const nhoff = <i32>(skb_network_header(skb) - skb.data);
  // beside the packet lies the tag that its protocol would lead through
  const inner = skb.vlan_present ? skb.protocol : proto;
  if (!skb_is_nonlinear(skb)) return dissect(flow, skb.data, inner, nhoff, skb_headlen(skb));
  const len = min(skb.len, WINDOW);
  skb_copy_bits(skb, 0, window, len);
  return dissect(flow, window, inner, nhoff, len);
}

@inline
function wants(dissector: flow_dissector, key: u32): bool {
  return ((dissector.used_keys >> key) & 1) != 0;
}

@inline
function target(dissector: flow_dissector, key: u32, container: usize): usize {
  return container + load<u16>(changetype<usize>(dissector) + offsetof_flow_dissector_offset + key * 2);
}

/** Fills in the keys that the dissector wants. */
function fill(dissector: flow_dissector, flow: Flow, container: usize): void {
  const control = changetype<flow_dissector_key_control>(target(dissector, FLOW_DISSECTOR_KEY_CONTROL, container));
  control.thoff = flow.thoff;
  control.addr_type = 0;
  control.flags = flow.flags;
  const basic = changetype<flow_dissector_key_basic>(target(dissector, FLOW_DISSECTOR_KEY_BASIC, container));
  basic.n_proto = flow.n_proto;
  basic.ip_proto = <u8>flow.ip_proto;
  if (flow.addr_type && wants(dissector, flow.addr_type)) {
    const bytes = flow.addr_type == FLOW_DISSECTOR_KEY_IPV4_ADDRS ? 8 : 32;
    memory.copy(target(dissector, flow.addr_type, container), flow.addrs, bytes);
    control.addr_type = <u16>flow.addr_type;
  }
  if (wants(dissector, FLOW_DISSECTOR_KEY_PORTS)) {
    store<u32>(target(dissector, FLOW_DISSECTOR_KEY_PORTS, container), flow.ports);
  }
}

/** linux/skbuff.h. Reads a packet's flow (or that of the `hlen` bytes at `data`, if not null, whose protocol in network
 *  order is `proto` from `nhoff` on) into `container`, at the places that the dissector says. Whether all of it was
 *  understood. Context: any. (Differs: of all keys, control, basic, addresses and ports; tunnels are not looked into.) */
export function __skb_flow_dissect(
  ns: usize,
  skb: sk_buff,
  dissector: flow_dissector,
  container: usize,
  data: usize,
  proto: u16,
  nhoff: i32,
  hlen: i32,
  flags: u32,
): bool {
  const room = stack_alloc(offsetof<Flow>() + 8 + WINDOW);
  const flow = changetype<Flow>(room);
  const ok = data ? dissect(flow, data, proto, nhoff, hlen) : dissect_skb(flow, skb, room + offsetof<Flow>() + 8);
  fill(dissector, flow, container);
  stack_free(offsetof<Flow>() + 8 + WINDOW);
  return ok;
}

/** One more word in a hash (MurmurHash3). */
@inline
function mix(hash: u32, word: u32): u32 {
  hash ^= rotl<u32>(word * 0xcc9e2d51, 15) * 0x1b873593;
  return rotl<u32>(hash, 13) * 5 + 0xe6546b64;
}

/** The hash of a flow, the same for both of its directions; 0 if it has no addresses. */
function flow_hash(flow: Flow): u32 {
  if (!flow.addr_type) return 0;
  if (!load<u32>(seed)) store<u32>(seed, get_random_u32() | 1);
  const bytes: usize = flow.addr_type == FLOW_DISSECTOR_KEY_IPV4_ADDRS ? 4 : 16;
  let hash = load<u32>(seed) ^ flow.ip_proto;
  for (let i: usize = 0; i < bytes; i += 4) {
    const a = load<u32>(flow.addrs + i);
    const b = load<u32>(flow.addrs + bytes + i);
    hash = mix(mix(hash, a + b), a ^ b);
  }
  const a = flow.ports & 0xffff;
  const b = flow.ports >> 16;
  hash = mix(hash, ((a + b) << 16) | (a ^ b));
  hash ^= hash >> 16;
  hash *= 0x85ebca6b;
  hash ^= hash >> 13;
  hash *= 0xc2b2ae35;
  hash ^= hash >> 16;
  return hash ? hash : 1;
}

/** linux/skbuff.h. Computes the hash of the packet's flow into skb->hash. Context: any. */
export function __skb_get_hash(skb: sk_buff): void {
  const room = stack_alloc(offsetof<Flow>() + 8 + WINDOW);
  const flow = changetype<Flow>(room);
  dissect_skb(flow, skb, room + offsetof<Flow>() + 8);
  skb.hash = flow_hash(flow);
  skb.sw_hash = 1;
  skb.l4_hash = flow.ports ? 1 : 0;
  stack_free(offsetof<Flow>() + 8 + WINDOW);
}

/** linux/skbuff.h. The hash of the packet's flow, computed if neither the device nor anybody else did. Inline in Linux.
 *  Context: any. */
export function skb_get_hash(skb: sk_buff): u32 {
  if (!skb.l4_hash && !skb.sw_hash) __skb_get_hash(skb);
  return skb.hash;
}

/** linux/skbuff.h. The hash of the packet's flow, the same for both directions, and not kept. Context: any. */
export function __skb_get_hash_symmetric(skb: sk_buff): u32 {
  const room = stack_alloc(offsetof<Flow>() + 8 + WINDOW);
  const flow = changetype<Flow>(room);
  dissect_skb(flow, skb, room + offsetof<Flow>() + 8);
  const hash = flow_hash(flow);
  stack_free(offsetof<Flow>() + 8 + WINDOW);
  return hash;
}

/** linux/etherdevice.h. Bytes of the headers of a frame, whose first `len` bytes are at `data`: up to the data of the
 *  transport protocol. Context: any. */
export function eth_get_headlen(dev: usize, data: usize, len: u32): u32 {
  const eth: u32 = 14;
  if (len < eth) return len;
  const room = stack_alloc(offsetof<Flow>() + 8);
  const flow = changetype<Flow>(room);
  const ok = dissect(flow, data, load<u16>(data, 12), eth, len);
  let at = <u32>flow.thoff;
  if (ok && !(flow.flags & FLOW_DIS_IS_FRAGMENT)) {
    if (flow.ip_proto == IPPROTO_TCP) at += len >= at + 13 ? <u32>max(load<u8>(data + at, 12) >> 4, 5) * 4 : 20;
    else if (flow.ip_proto == IPPROTO_UDP || flow.ip_proto == IPPROTO_UDPLITE) at += 8;
  }
  stack_free(offsetof<Flow>() + 8);
  return min(at, len);
}
