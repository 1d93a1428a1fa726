// net/core/dev.c, net_dev_init: brings the network up, before any driver.

import { NET_RX_SOFTIRQ, NET_TX_SOFTIRQ } from "../abi";
import { percpu_units } from "../mm/percpu";
import { open_softirq } from "../kernel/softirq";
import { backlog_init } from "./core/backlog";
import { net_tx_completions } from "./core/dev_kfree";
import { host_events_init } from "./core/host_events";
import { linkwatch_init } from "./core/link_watch";
import { net_namespace_init } from "./core/net_namespace";
import { net_rx_action } from "./core/net_rx";
import { net_sysfs_init } from "./core/net_sysfs";
import { ptype_init } from "./core/ptype";
import { flow_dissector_init } from "./core/flow_dissector";
import { pernet_init } from "./core/pernet";
import { rtnetlink_init } from "./core/rtnetlink";
import { rtnl_init } from "./core/rtnl";
import { skb_init } from "./core/skb_cache";
import { softnet_init, softnet_of, this_softnet } from "./core/softnet";
import { todo_init } from "./core/todo";
import { eth_init } from "./ethernet/eth";
import { packet_init, packet_ring_run } from "./packet/af_packet";
import { qdisc_init } from "./sched/qdisc";
import { pfifo_init_ops } from "./sched/sch_fifo";
import { net_tx_qdiscs } from "./sched/xmit";

/** The NET_TX softirq: what completed, what was scheduled, what the host wants sent. */
function net_tx_action(action: usize): void {
  const sd = this_softnet();
  net_tx_completions(sd);
  net_tx_qdiscs(sd);
  packet_ring_run();
}

/** Boot. */
export function net_init(): void {
  skb_init();
  softnet_init();
  ptype_init();
  rtnl_init();
  rtnetlink_init();
  todo_init();
  net_namespace_init();
  pernet_init();
  net_sysfs_init();
  linkwatch_init();
  qdisc_init();
  pfifo_init_ops();
  eth_init();
  flow_dissector_init();
  for (let cpu: u32 = 0; cpu < percpu_units(); cpu++) backlog_init(softnet_of(cpu));
  open_softirq(NET_TX_SOFTIRQ, net_tx_action.index);
  open_softirq(NET_RX_SOFTIRQ, net_rx_action.index);
  host_events_init();
  packet_init();
}
