// What the board answers by itself: ARP and ping. Frames go out through the core's packet ring
// (assembly/net/packet/ring.ts has its format).

#include "board.h"

#define INTERFACES 4
#define ETH_BYTES 14
#define ETH_P_IP 0x0800
#define ETH_P_ARP 0x0806
#define ARP_REQUEST 1
#define ARP_REPLY 2
#define ICMP 1
#define ECHO_REQUEST 8
#define RECORD_HEADER 8

struct ring {
  u32 size;
  u32 data;
  u32 prod;
  u32 cons;
};

/** 10.0.2.15, as QEMU's user networks hand it out. */
static const u8 address[4] = {10, 0, 2, 15};

static u8 macs[INTERFACES + 1][6];

static void copy(u8 *to, const u8 *from, u32 bytes) {
  for (u32 i = 0; i < bytes; i++) to[i] = from[i];
}

static int same(const u8 *a, const u8 *b, u32 bytes) {
  for (u32 i = 0; i < bytes; i++) {
    if (a[i] != b[i]) return 0;
  }
  return 1;
}

static u32 get16(const u8 *at) {
  return (u32)at[0] << 8 | at[1];
}

static void put16(u8 *at, u32 value) {
  at[0] = (u8)(value >> 8);
  at[1] = (u8)value;
}

void net_address(u32 ifindex, const u8 *mac) {
  if (ifindex > INTERFACES) return;
  copy(macs[ifindex], mac, 6);
  print("kpi: interface %u answers to %u.%u.%u.%u\n", ifindex, address[0], address[1], address[2], address[3]);
}

/** A record for a frame of `len` bytes, or null: the ring is full. */
static u8 *reserve(struct ring *ring, u32 len, u32 *next) {
  u32 need = RECORD_HEADER + ((len + 7) & ~7u);
  u32 at = ring->prod;
  if (ring->prod < ring->cons) {
    if (ring->prod + need >= ring->cons) return 0;
  } else if (!(at + need < ring->size || (at + need == ring->size && ring->cons > 0))) {
    if (need >= ring->cons) return 0;
    *(u32 *)(linear_memory + ring->data + at) = 0;
    at = 0;
  }
  *next = at + need == ring->size ? 0 : at + need;
  return linear_memory + ring->data + at;
}

/** Sends a frame back to where it came from, with what has changed in `reply` (bytes from the Ethernet header on). */
static u8 *answer(u32 ifindex, const u8 *frame, u32 len, u32 *next) {
  struct ring *ring = (struct ring *)(linear_memory + kernel.kpi_packet_ring());
  u8 *record = reserve(ring, len, next);
  if (!record) return 0;
  *(u32 *)record = ifindex;
  *(u32 *)(record + 4) = len;
  u8 *reply = record + RECORD_HEADER;
  copy(reply, frame, len);
  copy(reply, frame + 6, 6);
  copy(reply + 6, macs[ifindex], 6);
  return reply;
}

static void send(u32 next) {
  struct ring *ring = (struct ring *)(linear_memory + kernel.kpi_packet_ring());
  ring->prod = next;
  WORD(IRQ_EDGE) |= 1u << VECTOR_PACKET;
  WORD(IRQ_RAISED) = 1;
}

static void receive_arp(u32 ifindex, const u8 *frame, u32 len) {
  const u8 *arp = frame + ETH_BYTES;
  if (len < ETH_BYTES + 28 || get16(arp + 6) != ARP_REQUEST || !same(arp + 24, address, 4)) return;
  u32 next;
  u8 *reply = answer(ifindex, frame, len, &next);
  if (!reply) return;
  put16(reply + ETH_BYTES + 6, ARP_REPLY);
  copy(reply + ETH_BYTES + 8, macs[ifindex], 6);
  copy(reply + ETH_BYTES + 14, address, 4);
  copy(reply + ETH_BYTES + 18, arp + 8, 10);
  send(next);
}

static void receive_ip(u32 ifindex, const u8 *frame, u32 len) {
  const u8 *ip = frame + ETH_BYTES;
  if (len < ETH_BYTES + 28 || ip[0] != 0x45 || ip[9] != ICMP || !same(ip + 16, address, 4)) return;
  const u8 *icmp = ip + 20;
  if (icmp[0] != ECHO_REQUEST || ETH_BYTES + get16(ip + 2) > len) return;
  u32 next;
  u8 *reply = answer(ifindex, frame, len, &next);
  if (!reply) return;
  copy(reply + ETH_BYTES + 12, address, 4);
  copy(reply + ETH_BYTES + 16, ip + 12, 4);
  reply[ETH_BYTES + 20] = 0;
  // The checksum of what changed only: 8 became 0 in the upper half of a word (RFC 1624).
  u32 sum = get16(icmp + 2) + 0x0800;
  put16(reply + ETH_BYTES + 22, (sum & 0xffff) + (sum >> 16));
  send(next);
}

/** Softirq context; `frame` is valid during the call. */
void net_receive(u32 ifindex, const u8 *frame, u32 len) {
  if (ifindex > INTERFACES || len < ETH_BYTES) return;
  u32 protocol = get16(frame + 12);
  if (protocol == ETH_P_ARP) receive_arp(ifindex, frame, len);
  else if (protocol == ETH_P_IP) receive_ip(ifindex, frame, len);
}
