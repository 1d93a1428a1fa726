// SPDX-License-Identifier: MIT
/*
 * lwip.ko: the board answers on its networks by itself: ARP, ping, UDP echo, and it asks for its address by DHCP.
 * It serves interfaces as they come, brings them up, and lets go of them when they leave.
 */
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/timer.h>
#include <linux/workqueue.h>

#include <lwip/dhcp.h>
#include <lwip/etharp.h>
#include <lwip/init.h>
#include <lwip/ip4_frag.h>

#include "lwip.h"

DEFINE_SPINLOCK(lwip_lock);

/* ── Time: what lwIP wants to be called for, in units of its shortest period. ── */

#define TICK_MS DHCP_FINE_TIMER_MSECS

static void tick(struct timer_list *timer)
{
	static unsigned int ticks;

	spin_lock_bh(&lwip_lock);
	ticks++;
	fragments_look_at_memory();
	dhcp_fine_tmr();
	if (ticks % (ARP_TMR_INTERVAL / TICK_MS) == 0)
		etharp_tmr();
	if (ticks % (IP_TMR_INTERVAL / TICK_MS) == 0)
		ip_reass_tmr();
	if (ticks % (DHCP_COARSE_TIMER_MSECS / TICK_MS) == 0)
		dhcp_coarse_tmr();
	if (netif_list)
		mod_timer(timer, jiffies + msecs_to_jiffies(TICK_MS));
	spin_unlock_bh(&lwip_lock);
}

static DEFINE_TIMER(timer, tick);

/* ── Interfaces ── */

/* Not from the notifier: who registers an interface may have something to do yet before it is opened. */
static void open_interfaces(struct work_struct *work)
{
	rtnl_lock();
	for (int i = 0; i < PORTS; i++) {
		struct port *port = &ports[i];
		int err;

		if (!port->dev || port->opened)
			continue;
		port->opened = true;
		err = dev_open(port->dev, NULL);
		if (err)
			netdev_err(port->dev, "lwip: cannot be brought up: error %d\n", -err);
	}
	rtnl_unlock();
}

static DECLARE_WORK(open_work, open_interfaces);

static void appear(struct net_device *dev)
{
	struct port *port = config_port(dev);

	if (!port)
		return;
	port_add(port, dev);
	if (!timer_pending(&timer))
		mod_timer(&timer, jiffies + msecs_to_jiffies(TICK_MS));
	schedule_work(&open_work);
}

static int notify(struct notifier_block *nb, unsigned long event, void *info)
{
	struct net_device *dev = netdev_notifier_info_to_dev(info);
	struct port *port;

	spin_lock_bh(&lwip_lock);
	port = port_of(dev);
	if (port)
		port_event(port, event);
	else if (event == NETDEV_REGISTER)
		appear(dev);
	spin_unlock_bh(&lwip_lock);
	return NOTIFY_DONE;
}

static struct notifier_block notifier = { .notifier_call = notify };

/* ── The module ── */

/* Fragments that wait for the rest of their packet keep memory: time runs out for them. */
static void drop_fragments(void)
{
	for (int i = 0; i <= IP_REASS_MAXAGE; i++)
		ip_reass_tmr();
}

static void stop(void)
{
	frames_stop();
	cancel_work_sync(&open_work);
	del_timer_sync(&timer);
	spin_lock_bh(&lwip_lock);
	drop_fragments();
	fragments_stop();
	echo_stop();
	spin_unlock_bh(&lwip_lock);
}

static int __init lwip_start(void)
{
	int err = config_read();

	if (err)
		return err;
	lwip_init();
	fragments_look_at_memory();
	err = echo_start();
	if (err)
		return err;
	frames_start();
	err = register_netdevice_notifier(&notifier);
	if (err)
		stop();
	return err;
}

static void __exit lwip_stop(void)
{
	unregister_netdevice_notifier(&notifier);
	stop();
}

module_init(lwip_start);
module_exit(lwip_stop);
MODULE_DESCRIPTION("lwIP above net_devices: ARP, ping, UDP echo, DHCP");
MODULE_LICENSE("Dual BSD/GPL");
