// SPDX-License-Identifier: MIT
/*
 * An example driver without a header of the kernel's: what it calls is declared here, and of the structs it knows where the
 * few fields are that it touches. Of the kernel it uses six functions, all of them among the 67 that linuxkpi began with.
 * typescript/echo.ts is its twin: there the structs have names.
 *
 * It is a network interface whose other end is the driver itself. ARP requests for any address are answered, and so are
 * pings; what else is sent comes back as it went, as on a cable whose ends are joined.
 */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
struct net_device;
struct sk_buff;

struct net_device *alloc_etherdev(int sizeof_priv);
int register_netdev(struct net_device *dev);
void unregister_netdev(struct net_device *dev);
void netif_start_queue(struct net_device *dev);
void netif_stop_queue(struct net_device *dev);
int netif_rx(struct sk_buff *skb);
int printk(const char *fmt, ...);

/* Where fields are, in Linux 6.1 as this project configures it; examples/echo.test.ts compares. */
enum {
	offsetof_net_device_netdev_ops = 120,
	offsetof_net_device_stats = 216,
	offsetof_net_device_needs_free_netdev = 800,
	sizeof_net_device_ops = 344,
	offsetof_net_device_ops_ndo_open = 8,
	offsetof_net_device_ops_ndo_stop = 12,
	offsetof_net_device_ops_ndo_start_xmit = 16,
	offsetof_sk_buff_len = 84,
	offsetof_sk_buff_protocol = 152,
	offsetof_sk_buff_mac_header = 158,
	offsetof_sk_buff_head = 168,
	offsetof_sk_buff_data = 172,
};
#define FIELD(type, object, field) (*(type *)((char *)(object) + offsetof_##field))

/* struct net_device_stats begins with these. */
enum { RX_PACKETS, TX_PACKETS, RX_BYTES, TX_BYTES };

#define MAC_BYTES	6
#define ETH_BYTES	14
#define TYPE_IP		0x0800
#define TYPE_ARP	0x0806
#define PROTOCOL_ICMP	1
#define ICMP_ECHO	8
#define ARP_REQUEST	1
#define ARP_REPLY	2
#define ENOMEM		12

static u32 answered;
static struct net_device *netdev;

/* Networks are big-endian. */
static u16 be16(const u8 *at) { return at[0] << 8 | at[1]; }
static void put_be16(u8 *at, u16 value)
{
	at[0] = value >> 8;
	at[1] = value;
}

/* Exchanges two neighbouring fields. */
static void exchange(u8 *at, u32 size)
{
	for (u32 i = 0; i < size; i++) {
		u8 byte = at[i];

		at[i] = at[size + i];
		at[size + i] = byte;
	}
}

static void copy(u8 *to, const u8 *from, u32 size)
{
	while (size--)
		*to++ = *from++;
}

/* Makes the reply of an ARP request: whoever is asked for is at the address that asks, but for its last bit. */
static void answer_arp(u8 *frame)
{
	u8 *arp = frame + ETH_BYTES, *sender = arp + 8, *target = sender + MAC_BYTES + 4;

	if (be16(arp + 6) != ARP_REQUEST)
		return;
	put_be16(arp + 6, ARP_REPLY);
	exchange(sender, MAC_BYTES + 4);
	sender[5] = target[5] ^ 1;
	copy(frame, target, MAC_BYTES);
	copy(frame + MAC_BYTES, sender, MAC_BYTES);
}

/* Makes the reply of a ping, checksum and all. */
static void answer_ping(u8 *frame)
{
	u8 *ip = frame + ETH_BYTES, *icmp = ip + (ip[0] & 0xf) * 4;
	u32 sum;

	if (ip[9] != PROTOCOL_ICMP || icmp[0] != ICMP_ECHO)
		return;
	exchange(frame, MAC_BYTES);
	exchange(ip + 12, 4);
	icmp[0] = 0;
	/* RFC 1624: the type went down by 8, so the checksum goes up by it. */
	sum = be16(icmp + 2) + (ICMP_ECHO << 8);
	put_be16(icmp + 2, sum + (sum >> 16));
}

static int transmit(struct sk_buff *skb, struct net_device *dev)
{
	u8 *frame = FIELD(u8 *, skb, sk_buff_data);
	u32 *stats = &FIELD(u32, dev, net_device_stats);
	u16 type = be16(frame + MAC_BYTES * 2);

	stats[TX_PACKETS]++;
	stats[TX_BYTES] += FIELD(u32, skb, sk_buff_len);
	if (type == TYPE_ARP)
		answer_arp(frame);
	if (type == TYPE_IP)
		answer_ping(frame);

	/* As eth_type_trans() does: the frame has arrived, and its header has been seen. */
	put_be16(&FIELD(u8, skb, sk_buff_protocol), type);
	FIELD(u16, skb, sk_buff_mac_header) = frame - FIELD(u8 *, skb, sk_buff_head);
	FIELD(u8 *, skb, sk_buff_data) += ETH_BYTES;
	FIELD(u32, skb, sk_buff_len) -= ETH_BYTES;
	stats[RX_PACKETS]++;
	stats[RX_BYTES] += FIELD(u32, skb, sk_buff_len);
	netif_rx(skb);
	answered++;
	return 0;
}

static int open(struct net_device *dev)
{
	netif_start_queue(dev);
	return 0;
}

static int stop(struct net_device *dev)
{
	netif_stop_queue(dev);
	return 0;
}

static void *ops[sizeof_net_device_ops / sizeof(void *)];

int init_module(void);
int init_module(void)
{
	int err;

	FIELD(void *, ops, net_device_ops_ndo_open) = (void *)open;
	FIELD(void *, ops, net_device_ops_ndo_stop) = (void *)stop;
	FIELD(void *, ops, net_device_ops_ndo_start_xmit) = (void *)transmit;
	netdev = alloc_etherdev(0);
	if (!netdev)
		return -ENOMEM;
	FIELD(void *, netdev, net_device_netdev_ops) = ops;
	/* unregister_netdev() then frees it, too. */
	FIELD(u8, netdev, net_device_needs_free_netdev) = 1;
	err = register_netdev(netdev);
	if (!err)
		printk("\0016%s: its other end is this driver\n", (char *)netdev);
	return err;
}

void cleanup_module(void);
void cleanup_module(void)
{
	unregister_netdev(netdev);
	printk("\0016echo: %u frames came back\n", answered);
}

static const char info[] __attribute__((section(".modinfo"), used)) =
	"description=Example: an interface that answers itself\0license=Dual MIT/GPL";
