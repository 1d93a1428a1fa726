// SPDX-License-Identifier: MIT
/* Frames between net_devices and lwIP. A received one stays where it is: its pbuf lies in the sk_buff's control block. */
#include <linux/etherdevice.h>
#include <linux/skbuff.h>
#include <net/checksum.h>

#include <lwip/etharp.h>
#include <lwip/ip4.h>
#include <lwip/pbuf.h>

#include "lwip.h"

struct received {
	struct pbuf_custom pbuf;
	struct sk_buff *skb;
};

static void release(struct pbuf *p)
{
	consume_skb(container_of(p, struct received, pbuf.pbuf)->skb);
}

/* lwIP writes into what it has received. */
static struct sk_buff *make_private(struct sk_buff *skb)
{
	skb = skb_share_check(skb, GFP_ATOMIC);
	if (skb && skb_linearize_cow(skb)) {
		kfree_skb(skb);
		return NULL;
	}
	return skb;
}

static struct pbuf *pbuf_of(struct sk_buff *skb)
{
	struct received *one = (struct received *)skb->cb;
	struct pbuf *copy;

	BUILD_BUG_ON(sizeof(*one) > sizeof(skb->cb));
	if (fragment_is(skb)) {
		copy = fragment_copy(skb);
		consume_skb(skb);
		return copy;
	}
	one->pbuf.custom_free_function = release;
	one->skb = skb;
	return pbuf_alloced_custom(PBUF_RAW, skb->len, PBUF_REF, &one->pbuf, skb->data, skb->len);
}

static void input(struct port *port, struct sk_buff *skb)
{
	struct netif *netif = &port->netif;
	bool arp = skb->protocol == htons(ETH_P_ARP);
	struct pbuf *p;

	NETIF_SET_CHECKSUM_CTRL(netif, skb_csum_unnecessary(skb) ?
					       NETIF_CHECKSUM_ENABLE_ALL & ~NETIF_CHECKSUM_CHECK_UDP :
					       NETIF_CHECKSUM_ENABLE_ALL);
	p = pbuf_of(skb);
	if (!p)
		return;
	if (arp)
		etharp_input(p, netif);
	else
		ip4_input(p, netif);
}

static int receive(struct sk_buff *skb, struct net_device *dev, struct packet_type *pt, struct net_device *orig_dev)
{
	struct port *port;

	skb = make_private(skb);
	if (!skb)
		return NET_RX_DROP;
	spin_lock_bh(&lwip_lock);
	port = port_of(dev);
	if (port && skb->pkt_type != PACKET_OTHERHOST && skb->len <= U16_MAX)
		input(port, skb);
	else
		kfree_skb(skb);
	spin_unlock_bh(&lwip_lock);
	return NET_RX_SUCCESS;
}

static struct packet_type types[] = {
	{ .type = cpu_to_be16(ETH_P_ARP), .func = receive },
	{ .type = cpu_to_be16(ETH_P_IP), .func = receive },
};

void frames_start(void)
{
	for (int i = 0; i < ARRAY_SIZE(types); i++)
		dev_add_pack(&types[i]);
}

void frames_stop(void)
{
	for (int i = 0; i < ARRAY_SIZE(types); i++)
		dev_remove_pack(&types[i]);
}

/* lwIP sends a frame. */
err_t frame_send(struct netif *netif, struct pbuf *p)
{
	struct net_device *dev = ((struct port *)netif->state)->dev;
	unsigned int room = LL_RESERVED_SPACE(dev) - ETH_HLEN;
	struct sk_buff *skb = alloc_skb(room + p->tot_len + dev->needed_tailroom, GFP_ATOMIC);
	int rc;

	if (!skb)
		return ERR_MEM;
	skb_reserve(skb, room);
	pbuf_copy_partial(p, skb_put(skb, p->tot_len), p->tot_len, 0);
	skb->dev = dev;
	skb_reset_mac_header(skb);
	skb_set_network_header(skb, ETH_HLEN);
	skb->protocol = eth_hdr(skb)->h_proto;
	rc = dev_queue_xmit(skb);
	return net_xmit_eval(rc) ? ERR_BUF : ERR_OK;
}

/* The sum that lwIP's checksums are made of: as in memory, not inverted. */
u16 lwip_checksum(const void *bytes, int len)
{
	return ~csum_fold(csum_partial(bytes, len, 0));
}
