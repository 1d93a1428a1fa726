// Frames as fast as the kernel takes them: blast INTERFACE DESTINATION-MAC LENGTH SECONDS, in a network namespace. Past
// queues and firewalls, straight to the interface's driver, many to a system call. Prints how many it took.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

enum { BATCH = 64, LONGEST = 1514 };

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec * 1e-9;
}

static int fail(const char *what)
{
	perror(what);
	return 1;
}

int main(int argc, char **argv)
{
	static unsigned char frame[LONGEST];
	static struct mmsghdr messages[BATCH];
	struct iovec data = { .iov_base = frame };
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_halen = ETH_ALEN };
	unsigned int mac[ETH_ALEN];
	unsigned long taken = 0;
	int one = 1, fd;
	double end;

	if (argc != 5 || sscanf(argv[2], "%x:%x:%x:%x:%x:%x", mac, mac + 1, mac + 2, mac + 3, mac + 4, mac + 5) != 6) {
		fprintf(stderr, "usage: blast INTERFACE DESTINATION-MAC LENGTH SECONDS\n");
		return 2;
	}
	data.iov_len = strtoul(argv[3], NULL, 10);
	if (data.iov_len < ETH_HLEN || data.iov_len > LONGEST) {
		fprintf(stderr, "blast: LENGTH is from %d to %d\n", ETH_HLEN, LONGEST);
		return 2;
	}
	for (int i = 0; i < ETH_ALEN; i++)
		frame[i] = to.sll_addr[i] = mac[i];
	// Locally administered, ours.
	memcpy(frame + ETH_ALEN, "\x02\x00\x00\x00\x00\x01", ETH_ALEN);
	frame[12] = ETH_P_802_EX1 >> 8;
	frame[13] = ETH_P_802_EX1 & 255;
	to.sll_protocol = htons(ETH_P_802_EX1);
	to.sll_ifindex = if_nametoindex(argv[1]);
	if (!to.sll_ifindex)
		return fail(argv[1]);
	// Protocol 0: nothing is received here.
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (fd < 0)
		return fail("socket");
	if (setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one)))
		return fail("PACKET_QDISC_BYPASS");
	for (int i = 0; i < BATCH; i++)
		messages[i].msg_hdr = (struct msghdr){
			.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &data, .msg_iovlen = 1,
		};
	end = seconds() + strtod(argv[4], NULL);
	while (seconds() < end) {
		int sent = sendmmsg(fd, messages, BATCH, 0);

		if (sent > 0)
			taken += sent;
		else if (errno != ENOBUFS && errno != EAGAIN)
			return fail("sendmmsg");
	}
	printf("%lu\n", taken);
	return 0;
}
