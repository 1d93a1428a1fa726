// The text of kpi_netdev_info: all that `ip -s link show` needs to know of one interface.

import { nth_text } from "../../lib/texts";
import {
  IFF_802_1Q_VLAN,
  IF_OPER_DOWN,
  Qdisc,
  Qdisc_ops,
  net_device,
  rtnl_link_ops,
  sizeof_rtnl_link_stats64,
} from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { dev_driver_string, dev_name } from "../../drivers/base/name";
import { seq_printf, seq_puts } from "../../lib/seq_buf";
import { vlan_dev_flags, vlan_dev_vlan_id, vlan_dev_vlan_proto } from "../8021q/vlan_core";
import { dev_get_flags } from "./dev_flags";
import { dev_get_iflink } from "./dev_lookup";
import { dev_get_stats } from "./dev_stats";
import { netdev_get_tx_queue, netif_carrier_ok, netif_running } from "./netdev";
import { STATS_BYTES, seq_u64 } from "./proc";

/** The names of rtnl_link_stats64's members, in order. */
export function stat_name(index: u32): usize {
  // prettier-ignore
  const names = cstr(
    "rx_packets", "tx_packets", "rx_bytes", "tx_bytes", "rx_errors", "tx_errors", "rx_dropped", "tx_dropped",
    "multicast", "collisions", "rx_length_errors", "rx_over_errors", "rx_crc_errors", "rx_frame_errors",
    "rx_fifo_errors", "rx_missed_errors", "tx_aborted_errors", "tx_carrier_errors", "tx_fifo_errors",
    "tx_heartbeat_errors", "tx_window_errors", "rx_compressed", "tx_compressed", "rx_nohandler",
    "rx_otherhost_dropped"
  );
  return nth_text(names, min(index, 24));
}

/** Queue of the first transmit queue, and what all of them hold and lost. */
function qdisc_lines(s: usize, dev: net_device): void {
  let queued: u32 = 0;
  let drops: u32 = 0;
  let requeues: u32 = 0;
  for (let i: u32 = 0; i < dev.num_tx_queues; i++) {
    const q = changetype<Qdisc>(netdev_get_tx_queue(dev, i).qdisc_sleeping);
    queued += q.q.qlen;
    drops += q.qstats.drops;
    requeues += q.qstats.requeues;
  }
  const root = changetype<Qdisc>(dev.qdisc);
  seq_printf(s, cstr("qdisc=%s\nqlen=%u\n"), changetype<Qdisc_ops>(root.ops).id, dev.tx_queue_len);
  seq_printf(s, cstr("queued=%u\nqdisc_drops=%u\nqdisc_requeues=%u\n"), queued, drops, requeues);
}

function stats_lines(s: usize, dev: net_device): void {
  const storage = stack_alloc(STATS_BYTES);
  dev_get_stats(dev, storage);
  for (let i: u32 = 0; i < sizeof_rtnl_link_stats64 / 8; i++) {
    seq_puts(s, stat_name(i));
    seq_u64(s, cstr("=%llu\n"), load<u64>(storage + i * 8));
  }
  stack_free(STATS_BYTES);
}

/** Adds the interface's lines. Under RTNL. */
export function netdev_info_text(dev: net_device, s: usize): void {
  seq_printf(s, cstr("name=%s\nifindex=%d\nmtu=%u\nflags=%x\n"), dev.name, dev.ifindex, dev.mtu, dev_get_flags(dev));
  // As rtnetlink has it: what an interface that is down last was is of no interest.
  const operstate: u32 = netif_running(dev) ? dev.operstate : IF_OPER_DOWN;
  seq_printf(s, cstr("operstate=%u\ncarrier=%u\n"), operstate, netif_carrier_ok(dev) ? 1 : 0);
  const ups = load<u32>(changetype<usize>(dev.carrier_up_count));
  const downs = load<u32>(changetype<usize>(dev.carrier_down_count));
  seq_printf(s, cstr("carrier_changes=%u\npromiscuity=%u\nallmulti=%u\n"), ups + downs, dev.promiscuity, dev.allmulti);
  seq_printf(s, cstr("min_mtu=%u\nmax_mtu=%u\n"), dev.min_mtu, dev.max_mtu);
  seq_printf(s, cstr("address=%*phC\nbroadcast=%*phC\n"), dev.addr_len, dev.dev_addr, dev.addr_len, dev.broadcast);
  if (dev.dev.parent) {
    seq_printf(s, cstr("driver=%s\nbus=%s\n"), dev_driver_string(dev.dev.parent), dev_name(dev.dev.parent));
  }
  const below = dev_get_iflink(dev);
  if (below != dev.ifindex) seq_printf(s, cstr("link=%d\n"), below);
  if (dev.rtnl_link_ops) seq_printf(s, cstr("kind=%s\n"), changetype<rtnl_link_ops>(dev.rtnl_link_ops).kind);
  if (dev.priv_flags & IFF_802_1Q_VLAN) {
    seq_printf(s, cstr("vlan_id=%u\nvlan_protocol=%x\n"), vlan_dev_vlan_id(dev), bswap<u16>(vlan_dev_vlan_proto(dev)));
    seq_printf(s, cstr("vlan_flags=%x\n"), vlan_dev_flags(dev));
  }
  qdisc_lines(s, dev);
  stats_lines(s, dev);
}
