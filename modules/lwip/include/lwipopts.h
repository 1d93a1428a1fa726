/* SPDX-License-Identifier: MIT */
/* What of lwIP there is: ARP, ICMP, UDP and DHCP over IPv4, without threads. Everything is called with lwip_lock held. */
#ifndef LWIPOPTS_H
#define LWIPOPTS_H

#define NO_SYS 1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_TIMERS 0 /* main.c has a timer that calls what lwIP would */
#define LWIP_NETCONN 0
#define LWIP_SOCKET 0
#define LWIP_STATS 0

#define LWIP_TCP 0
#define LWIP_DHCP 1
#define LWIP_BROADCAST_PING 0
#define LWIP_NETIF_LINK_CALLBACK 0
#define LWIP_NETIF_STATUS_CALLBACK 1
#define LWIP_NETIF_TX_SINGLE_PBUF 0
#define ARP_QUEUEING 0 /* the last packet waits for an address to be resolved, not all of them */

/* No pools: memory is the kernel's, and only what is used. Where there is none, lwIP drops a packet. */
#define MEM_LIBC_MALLOC 1
#define MEMP_MEM_MALLOC 1
#define MEM_ALIGNMENT 4
#define mem_clib_malloc(size) kmalloc(size, GFP_ATOMIC | __GFP_NOWARN)
#define mem_clib_calloc(count, size) kcalloc(count, size, GFP_ATOMIC | __GFP_NOWARN)
#define mem_clib_free kfree

/* A received packet's pbuf lies in its sk_buff. */
#define LWIP_SUPPORT_CUSTOM_PBUF 1
/* Fragments wait for the rest of their packet. */
#define IP_REASS_MAX_PBUFS lwip_fragments_max()
int lwip_fragments_max(void);

/* Drivers may have looked at a packet's checksum already. */
#define LWIP_CHECKSUM_CTRL_PER_NETIF 1
#define LWIP_CHKSUM lwip_checksum
#define LWIP_CHKSUM_ALGORITHM 0
unsigned short lwip_checksum(const void *bytes, int len);

#endif
