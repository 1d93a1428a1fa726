// SPDX-License-Identifier: MIT
/* The module's parameters: which interfaces are served, and what their addresses are. */
#include <linux/if_arp.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/string.h>

#include "lwip.h"

static char *interface[PORTS];
static unsigned int interfaces;
module_param_array(interface, charp, &interfaces, 0444);
MODULE_PARM_DESC(interface, "interfaces to serve (default: every Ethernet interface, as they come)");

static char *ip[PORTS];
static unsigned int ips;
module_param_array(ip, charp, &ips, 0444);
MODULE_PARM_DESC(ip, "for each interface dhcp (default) or ADDRESS/PREFIX");

static char *gateway;
module_param(gateway, charp, 0444);
MODULE_PARM_DESC(gateway, "router of the network that it is on, for an interface without dhcp");

/* Four decimal numbers; ip4addr_aton() takes more kinds of text. */
static bool parse_address(const char *text, ip4_addr_t *address)
{
	char again[sizeof("255.255.255.255")];

	if (!ip4addr_aton(text, address))
		return false;
	snprintf(again, sizeof(again), "%pI4", address);
	return !strcmp(again, text);
}

/* "10.0.2.15/24" */
static bool parse_prefix(const char *text, struct port *port)
{
	const char *slash = strchr(text, '/');
	char address[sizeof("255.255.255.255")];
	u8 length;

	if (!slash || slash - text >= sizeof(address) || kstrtou8(slash + 1, 10, &length) || length < 1 || length > 32)
		return false;
	strscpy(address, text, slash - text + 1);
	ip4_addr_set_u32(&port->netmask, htonl(~0u << (32 - length)));
	return parse_address(address, &port->address) && !ip4_addr_isany_val(port->address);
}

static bool parse_gateway(const char *text)
{
	ip4_addr_t router;

	if (!parse_address(text, &router))
		return false;
	for (int i = 0; i < PORTS; i++)
		if (!ip4_addr_isany_val(ports[i].address) &&
		    ip4_addr_netcmp(&router, &ports[i].address, &ports[i].netmask))
			ports[i].gateway = router;
	return true;
}

int config_read(void)
{
	for (int i = 0; i < PORTS; i++) {
		ports[i].interface = interface[i];
		if (i < ips && strcmp(ip[i], "dhcp") && !parse_prefix(ip[i], &ports[i])) {
			pr_err("lwip: ip=%s: neither dhcp nor ADDRESS/PREFIX\n", ip[i]);
			return -EINVAL;
		}
	}
	if (gateway && !parse_gateway(gateway)) {
		pr_err("lwip: gateway=%s: not an address\n", gateway);
		return -EINVAL;
	}
	return 0;
}

/* A port for an interface that has come; NULL: it is not served. */
struct port *config_port(struct net_device *dev)
{
	if (dev->type != ARPHRD_ETHER)
		return NULL;
	for (int i = 0; i < PORTS; i++) {
		bool wanted = interfaces ? i < interfaces && !strcmp(ports[i].interface, dev->name) : true;

		if (!ports[i].dev && wanted)
			return &ports[i];
	}
	return NULL;
}
