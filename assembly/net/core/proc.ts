// net/core/net-procfs.c: /proc/net/dev, dev_mcast and softnet_stat. Also how texts for the host are handed over.

import {
  ENOSPC,
  net_device,
  netdev_hw_addr,
  offsetof_netdev_hw_addr_list,
  rtnl_link_stats64,
  sizeof_rtnl_link_stats64,
} from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { nr_cpu_ids } from "../../kernel/cpu";
import { list_next } from "../../lib/list";
import { seq_overflowed, seq_printf, seq_puts, seq_text, seq_used } from "../../lib/seq_buf";
import { dev_get_stats } from "./dev_stats";
import { dev_base_head, dev_of_link } from "./net_namespace";
import { softnet_of } from "./softnet";

/** Moves the text of a seq_buf to the start of its block, for the host. Its length, or -ENOSPC if it did not fit. */
export function text_done(s: usize): i32 {
  if (seq_overflowed(s)) return -ENOSPC;
  const len = seq_used(s);
  memory.copy(s, seq_text(s), len + 1);
  return len;
}

/** Prints one 64-bit value. */
export function seq_u64(s: usize, fmt: usize, value: u64): void {
  seq_printf(s, fmt, <u32>value, <u32>(value >> 32));
}

function dev_line(s: usize, dev: net_device, storage: usize): void {
  const st = changetype<rtnl_link_stats64>(dev_get_stats(dev, storage));
  seq_printf(s, cstr("%6s:"), dev.name);
  seq_u64(s, cstr(" %7llu"), st.rx_bytes);
  seq_u64(s, cstr(" %7llu"), st.rx_packets);
  seq_u64(s, cstr(" %4llu"), st.rx_errors);
  seq_u64(s, cstr(" %4llu"), st.rx_dropped + st.rx_missed_errors);
  seq_u64(s, cstr(" %4llu"), st.rx_fifo_errors);
  seq_u64(s, cstr(" %5llu"), st.rx_length_errors + st.rx_over_errors + st.rx_crc_errors + st.rx_frame_errors);
  seq_u64(s, cstr(" %10llu"), st.rx_compressed);
  seq_u64(s, cstr(" %9llu"), st.multicast);
  seq_u64(s, cstr(" %8llu"), st.tx_bytes);
  seq_u64(s, cstr(" %7llu"), st.tx_packets);
  seq_u64(s, cstr(" %4llu"), st.tx_errors);
  seq_u64(s, cstr(" %4llu"), st.tx_dropped);
  seq_u64(s, cstr(" %4llu"), st.tx_fifo_errors);
  seq_u64(s, cstr(" %5llu"), st.collisions);
  const carrier = st.tx_carrier_errors + st.tx_aborted_errors + st.tx_window_errors + st.tx_heartbeat_errors;
  seq_u64(s, cstr(" %7llu"), carrier);
  seq_u64(s, cstr(" %10llu\n"), st.tx_compressed);
}

/** /proc/net/dev. */
export function proc_net_dev(s: usize): void {
  seq_puts(s, cstr("Inter-|   Receive                                                |  Transmit\n"));
  seq_puts(s, cstr(" face |bytes    packets errs drop fifo frame compressed multicast"));
  seq_puts(s, cstr("|bytes    packets errs drop fifo colls carrier compressed\n"));
  const storage = stack_alloc(STATS_BYTES);
  const head = dev_base_head();
  for (let link = list_next(head); link != head; link = list_next(link)) dev_line(s, dev_of_link(link), storage);
  stack_free(STATS_BYTES);
}

function mcast_lines(s: usize, dev: net_device): void {
  const head = changetype<usize>(dev.mc.list);
  for (let link = list_next(head); link != head; link = list_next(link)) {
    const ha = changetype<netdev_hw_addr>(link - offsetof_netdev_hw_addr_list);
    seq_printf(
      s,
      cstr("%-4d %-15s %-5d %-5d %*phN\n"),
      dev.ifindex,
      dev.name,
      ha.refcount,
      ha.global_use ? 1 : 0,
      dev.addr_len,
      ha.addr,
    );
  }
}

/** /proc/net/dev_mcast. */
export function proc_net_dev_mcast(s: usize): void {
  const head = dev_base_head();
  for (let link = list_next(head); link != head; link = list_next(link)) mcast_lines(s, dev_of_link(link));
}

/** Stack bytes for a struct rtnl_link_stats64. */
export const STATS_BYTES: usize = (sizeof_rtnl_link_stats64 + 15) & ~15;

/** /proc/net/softnet_stat. */
export function proc_net_softnet_stat(s: usize): void {
  for (let cpu: u32 = 0; cpu < load<u32>(nr_cpu_ids); cpu++) {
    const sd = softnet_of(cpu);
    seq_printf(s, cstr("%08x %08x %08x %08x %08x %08x"), sd.processed, sd.dropped, sd.time_squeeze, 0, 0, 0);
    const backlog = sd.input_pkt_queue.qlen + sd.process_queue.qlen;
    seq_printf(s, cstr(" %08x %08x %08x %08x %08x %08x %08x\n"), 0, 0, 0, sd.received_rps, 0, backlog, cpu);
  }
}
