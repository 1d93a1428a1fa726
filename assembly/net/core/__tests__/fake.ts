// For the specs: an Ethernet device whose driver is here. It keeps what it was told, and does as `fake` says.

import {
  ETH_ALEN,
  NETDEV_TX_BUSY,
  NETDEV_TX_OK,
  net_device,
  net_device_ops,
  sizeof_net_device_ops,
  sk_buff,
} from "../../../abi";
import { alloc_etherdev_mqs } from "../../ethernet/eth";
import { dev_addr_mod } from "../dev_addr_lists";
import { register_netdev } from "../dev_register";
import { netdev_get_tx_queue, netif_tx_stop_queue } from "../netdev";
import { kfree_skb } from "../skb_free";
import { this_softnet } from "../softnet";

/** What the driver does and saw. */
export class Fake {
  /** ndo_start_xmit answers BUSY this often. */
  busy: i32 = 0;
  /** Stop the queue when this many more were taken; negative: never. */
  stop_after: i32 = -1;
  open_result: i32 = 0;
  opened: i32 = 0;
  stopped: i32 = 0;
  sent: i32 = 0;
  /** Calls with "more follows". */
  more: i32 = 0;
  rx_modes: i32 = 0;
  timeouts: i32 = 0;
  /** Keep what is sent, linked through next, newest first. */
  keep: bool = false;
  kept: usize = 0;
  last_len: u32 = 0;
}

export const fake = new Fake();
const ops = memory.data(<i32>sizeof_net_device_ops, 8);

export function reset_fake(): void {
  fake.busy = 0;
  fake.stop_after = -1;
  fake.open_result = 0;
  fake.opened = 0;
  fake.stopped = 0;
  fake.sent = 0;
  fake.more = 0;
  fake.rx_modes = 0;
  fake.timeouts = 0;
  fake.keep = false;
  fake.kept = 0;
  fake.last_len = 0;
}

/** Frees what was kept. */
export function free_kept(): void {
  while (fake.kept) {
    const skb = changetype<sk_buff>(fake.kept);
    fake.kept = skb.next;
    kfree_skb(skb);
  }
}

function open(dev: usize): i32 {
  if (fake.open_result == 0) fake.opened++;
  return fake.open_result;
}

function stop(dev: usize): i32 {
  fake.stopped++;
  return 0;
}

function start_xmit(p: usize, d: usize): i32 {
  const skb = changetype<sk_buff>(p);
  const txq = netdev_get_tx_queue(changetype<net_device>(d), skb.queue_mapping);
  if (fake.busy > 0) {
    fake.busy--;
    return NETDEV_TX_BUSY;
  }
  fake.sent++;
  fake.last_len = skb.len;
  if (this_softnet().xmit_more) fake.more++;
  if (fake.stop_after > 0 && --fake.stop_after == 0) netif_tx_stop_queue(txq);
  if (fake.keep) {
    skb.next = fake.kept;
    fake.kept = p;
  } else {
    kfree_skb(skb);
  }
  return NETDEV_TX_OK;
}

function set_rx_mode(dev: usize): void {
  fake.rx_modes++;
}

function tx_timeout(dev: usize, queue: u32): void {
  fake.timeouts++;
}

const mac = memory.data<u8>([0x52, 0x54, 0, 0x12, 0x34, 0x56, 0, 0]);

/** The device's address. */
export function fake_mac(): usize {
  return mac;
}

/** A device that is not registered. */
export function fake_alloc(queues: u32): net_device {
  reset_fake();
  const o = changetype<net_device_ops>(ops);
  o.ndo_open = open.index;
  o.ndo_stop = stop.index;
  o.ndo_start_xmit = start_xmit.index;
  o.ndo_set_rx_mode = set_rx_mode.index;
  o.ndo_tx_timeout = tx_timeout.index;
  const dev = alloc_etherdev_mqs(64, queues, queues);
  dev.netdev_ops = ops;
  dev_addr_mod(dev, 0, mac, ETH_ALEN);
  return dev;
}

/** A registered device. */
export function fake_device(): net_device {
  const dev = fake_alloc(1);
  if (register_netdev(dev) != 0) throw new Error("register_netdev failed");
  return dev;
}
