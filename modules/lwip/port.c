// SPDX-License-Identifier: MIT
/* A port: lwIP's netif follows the state of a net_device. */
#include <linux/etherdevice.h>
#include <linux/inet.h>

#include <lwip/dhcp.h>
#include <lwip/etharp.h>
#include <netif/ethernet.h>

#include "lwip.h"

struct port ports[PORTS];

static bool uses_dhcp(const struct port *port)
{
	return ip4_addr_isany_val(port->address);
}

static void take_address(struct port *port)
{
	port->netif.hwaddr_len = ETH_ALEN;
	memcpy(port->netif.hwaddr, port->dev->dev_addr, ETH_ALEN);
}

static err_t port_init(struct netif *netif)
{
	struct port *port = netif->state;

	netif->name[0] = 'e';
	netif->name[1] = 'n';
	netif->mtu = port->dev->mtu;
	netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET;
	netif->output = etharp_output;
	netif->linkoutput = frame_send;
	take_address(port);
	return ERR_OK;
}

static void address_changed(struct netif *netif)
{
	struct port *port = netif->state;
	u32 mask = ntohl(ip4_addr_get_u32(netif_ip4_netmask(netif)));
	char router[sizeof(", gateway 255.255.255.255")] = "";

	if (!netif_is_up(netif) || ip4_addr_isany(netif_ip4_addr(netif)))
		return;
	if (!ip4_addr_isany(netif_ip4_gw(netif)))
		snprintf(router, sizeof(router), ", gateway %pI4", netif_ip4_gw(netif));
	netdev_info(port->dev, "lwip: address %pI4/%d%s%s\n", netif_ip4_addr(netif), hweight32(mask), router,
		    uses_dhcp(port) ? ", by DHCP" : "");
}

void port_add(struct port *port, struct net_device *dev)
{
	port->dev = dev;
	port->opened = false;
	netif_add(&port->netif, &port->address, &port->netmask, &port->gateway, port, port_init, ethernet_input);
	netif_set_status_callback(&port->netif, address_changed);
	if (!netif_default)
		netif_set_default(&port->netif);
}

static void port_remove(struct port *port)
{
	dhcp_cleanup(&port->netif);
	netif_remove(&port->netif);
	port->dev = NULL;
	for (int i = 0; !netif_default && i < PORTS; i++)
		if (ports[i].dev)
			netif_set_default(&ports[i].netif);
}

static void port_up(struct port *port)
{
	netif_set_up(&port->netif);
	if (uses_dhcp(port) && dhcp_start(&port->netif) != ERR_OK)
		netdev_err(port->dev, "lwip: DHCP cannot start: no memory, or an MTU below 576\n");
}

static void port_down(struct port *port)
{
	dhcp_release_and_stop(&port->netif);
	netif_set_down(&port->netif);
}

static void follow_carrier(struct port *port)
{
	if (netif_running(port->dev) && netif_carrier_ok(port->dev))
		netif_set_link_up(&port->netif);
	else
		netif_set_link_down(&port->netif);
}

/* A netdevice notifier's NETDEV_*. */
void port_event(struct port *port, unsigned long event)
{
	switch (event) {
	case NETDEV_UP:
		follow_carrier(port);
		port_up(port);
		break;
	case NETDEV_CHANGE:
		follow_carrier(port);
		break;
	case NETDEV_GOING_DOWN:
		port_down(port);
		break;
	case NETDEV_CHANGEMTU:
		port->netif.mtu = port->dev->mtu;
		break;
	case NETDEV_CHANGEADDR:
		take_address(port);
		break;
	case NETDEV_UNREGISTER:
		port_remove(port);
		break;
	}
}
