// The text of kpi_netdev_info: all that `ip -s link show` needs to know of one interface.

import { IF_OPER_DOWN, Qdisc, Qdisc_ops, net_device, sizeof_rtnl_link_stats64 } from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { dev_driver_string, dev_name } from "../../drivers/base/name";
import { seq_printf, seq_puts } from "../../lib/seq_buf";
import { dev_get_flags } from "./dev_flags";
import { dev_get_stats } from "./dev_stats";
import { netdev_get_tx_queue, netif_carrier_ok, netif_running } from "./netdev";
import { STATS_BYTES, seq_u64 } from "./proc";

/** The names of rtnl_link_stats64's members, in order. */
export function stat_name(index: u32): usize {
  switch (index) {
    case 0: return cstr("rx_packets");
    case 1: return cstr("tx_packets");
    case 2: return cstr("rx_bytes");
    case 3: return cstr("tx_bytes");
    case 4: return cstr("rx_errors");
    case 5: return cstr("tx_errors");
    case 6: return cstr("rx_dropped");
    case 7: return cstr("tx_dropped");
    case 8: return cstr("multicast");
    case 9: return cstr("collisions");
    case 10: return cstr("rx_length_errors");
    case 11: return cstr("rx_over_errors");
    case 12: return cstr("rx_crc_errors");
    case 13: return cstr("rx_frame_errors");
    case 14: return cstr("rx_fifo_errors");
    case 15: return cstr("rx_missed_errors");
    case 16: return cstr("tx_aborted_errors");
    case 17: return cstr("tx_carrier_errors");
    case 18: return cstr("tx_fifo_errors");
    case 19: return cstr("tx_heartbeat_errors");
    case 20: return cstr("tx_window_errors");
    case 21: return cstr("rx_compressed");
    case 22: return cstr("tx_compressed");
    case 23: return cstr("rx_nohandler");
    default: return cstr("rx_otherhost_dropped");
  }
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
  qdisc_lines(s, dev);
  stats_lines(s, dev);
}
