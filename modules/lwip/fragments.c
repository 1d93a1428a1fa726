// SPDX-License-Identifier: MIT
/*
 * Fragments, which keep memory until their packet is whole, or time is up. Each waits as a copy of its own length: a driver
 * that has its buffer back at once can fill its ring with it.
 */
#include <linux/gfp.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <net/ip.h>

#include <lwip/pbuf.h>

#include "lwip.h"

/* Of the longest packet. */
#define MAX_FRAGMENTS (U16_MAX / (ETH_DATA_LEN - sizeof(struct iphdr)) + 1)

struct fragment {
	struct pbuf_custom pbuf;
	unsigned int bytes; /* of memory */
	u8 packet[];
};

/* All under lwip_lock. Pages, which are free again at once: a kmalloc cache would keep them for itself. */
static struct page_frag_cache pages;
static unsigned long kept, budget;

static void release(struct pbuf *p)
{
	struct fragment *one = container_of(p, struct fragment, pbuf.pbuf);

	kept -= one->bytes;
	page_frag_free(one);
}

bool fragment_is(const struct sk_buff *skb)
{
	return skb->protocol == htons(ETH_P_IP) && skb->len >= sizeof(struct iphdr) &&
	       ip_is_fragment((const struct iphdr *)skb->data);
}

/* NULL: no memory. */
struct pbuf *fragment_copy(const struct sk_buff *skb)
{
	unsigned int bytes = ALIGN(struct_size((struct fragment *)NULL, packet, skb->len), __alignof__(struct fragment));
	struct fragment *one = page_frag_alloc(&pages, bytes, GFP_ATOMIC | __GFP_NOWARN);

	if (!one)
		return NULL;
	kept += bytes;
	one->bytes = bytes;
	memcpy(one->packet, skb->data, skb->len);
	one->pbuf.custom_free_function = release;
	return pbuf_alloced_custom(PBUF_RAW, skb->len, PBUF_REF, &one->pbuf, one->packet, skb->len);
}

/*
 * Free memory of up to an eighth of RAM is left to drivers and to answers; of what is beyond that, fragments have half.
 * Not found out while a packet comes: what looks free then may be what a driver is about to fill its ring with.
 */
void fragments_look_at_memory(void)
{
	struct sysinfo info;
	unsigned long reserved, available;

	si_meminfo(&info);
	reserved = info.totalram * info.mem_unit / 8;
	available = info.freeram * info.mem_unit + kept;
	budget = available > reserved ? (available - reserved) / 2 : 0;
}

/* Asked with a copy made; where it is too many, lwIP drops the oldest ones, and asks again. */
int lwip_fragments_max(void)
{
	return kept <= budget ? MAX_FRAGMENTS : 0;
}

/* None waits any more. */
void fragments_stop(void)
{
	if (pages.va)
		__page_frag_cache_drain(virt_to_head_page(pages.va), pages.pagecnt_bias);
}
