// SPDX-License-Identifier: MIT
/* The echo service over UDP: RFC 862. */
#include <linux/errno.h>

#include <lwip/ip.h>
#include <lwip/udp.h>

#include "lwip.h"

#define ECHO_PORT 7

static struct udp_pcb *echo;

static void echo_receive(void *arg, struct udp_pcb *pcb, struct pbuf *p, const ip_addr_t *from, u16_t port)
{
	/* Two echo services would never stop, and a broadcast would be answered by many. */
	if (port != ECHO_PORT && ip_addr_cmp(ip_current_dest_addr(), netif_ip_addr4(ip_current_input_netif())))
		udp_sendto_if_src(pcb, p, from, port, ip_current_input_netif(), ip_current_dest_addr());
	pbuf_free(p);
}

int echo_start(void)
{
	echo = udp_new();
	if (!echo)
		return -ENOMEM;
	udp_bind(echo, IP_ADDR_ANY, ECHO_PORT);
	udp_recv(echo, echo_receive, NULL);
	return 0;
}

void echo_stop(void)
{
	udp_remove(echo);
}
