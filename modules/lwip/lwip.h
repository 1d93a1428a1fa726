/* SPDX-License-Identifier: MIT */
/* lwIP above net_devices: one port, with its netif, for each interface that is served. */
#ifndef KPI_LWIP_H
#define KPI_LWIP_H

#include <linux/netdevice.h>
#include <linux/spinlock.h>

#include <lwip/netif.h>

#define PORTS 4

struct port {
	struct netif netif;
	/* The interface; NULL: there is none for it. Under RTNL and lwip_lock. */
	struct net_device *dev;
	bool opened;
	/* What the parameters want of it; no interface: any, no address: DHCP. */
	const char *interface;
	ip4_addr_t address, netmask, gateway;
};

extern struct port ports[PORTS];

/* lwIP knows no threads: whoever calls it holds this, with softirqs off. */
extern spinlock_t lwip_lock;

static inline struct port *port_of(struct net_device *dev)
{
	for (int i = 0; i < PORTS; i++)
		if (ports[i].dev == dev)
			return &ports[i];
	return NULL;
}

/* config.c */
int config_read(void);
struct port *config_port(struct net_device *dev);

/* port.c */
void port_add(struct port *port, struct net_device *dev);
void port_event(struct port *port, unsigned long event);

/* frames.c */
void frames_start(void);
void frames_stop(void);
err_t frame_send(struct netif *netif, struct pbuf *p);

/* fragments.c */
bool fragment_is(const struct sk_buff *skb);
struct pbuf *fragment_copy(const struct sk_buff *skb);
void fragments_look_at_memory(void);
void fragments_stop(void);

/* echo.c */
int echo_start(void);
void echo_stop(void);

#endif
