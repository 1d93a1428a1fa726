// Network devices and packets.

import type { MacroTable } from "./row.ts";

const REFCOUNT = "__per_cpu_offset __wasm_get_current arch_local_irq_save arch_local_irq_restore";

export const net: MacroTable = {
  "linux/netdevice.h": [
    [
      "alloc_netdev(sizeof_priv, name, type, setup)", "macro",
      "alloc_netdev_mqs(sizeof_priv, name, type, setup, 1, 1)", "alloc_netdev_mqs",
    ],
    ["netdev_priv(dev)", "inline", "(char *)dev + ALIGN(sizeof(struct net_device), NETDEV_ALIGN)", ""],
    ["SET_NETDEV_DEV(net, pdev)", "macro", "net->dev.parent = pdev", ""],
    ["netif_start_queue(dev)", "inline", "clears __QUEUE_STATE_DRV_XOFF in dev->_tx[0].state", ""],
    [
      "netif_stop_queue(dev)", "inline",
      "sets __QUEUE_STATE_DRV_XOFF in dev->_tx[0].state, and trans_start to jiffies", "jiffies",
    ],
    ["netif_wake_queue(dev)", "inline", "netif_tx_wake_queue(&dev->_tx[0])", "netif_tx_wake_queue"],
    ["netif_queue_stopped(dev)", "inline", "tests __QUEUE_STATE_DRV_XOFF in dev->_tx[0].state", ""],
    ["netif_tx_start_all_queues(dev)", "inline", "clears __QUEUE_STATE_DRV_XOFF in the state of each queue", ""],
    [
      "netif_tx_disable(dev)", "inline",
      "stops each queue under its lock",
      "_raw_spin_lock _raw_spin_unlock __local_bh_enable_ip __wasm_get_current jiffies",
    ],
    ["netif_running(dev)", "inline", "tests __LINK_STATE_START in dev->state", ""],
    ["netif_carrier_ok(dev)", "inline", "tests __LINK_STATE_NOCARRIER in dev->state", ""],
    ["netif_device_present(dev)", "inline", "tests __LINK_STATE_PRESENT in dev->state", ""],
    ["netif_trans_update(dev)", "inline", "dev->_tx[0].trans_start = jiffies", "jiffies"],
    ["netif_tx_lock_bh(dev)", "inline", "local_bh_disable(), netif_tx_lock(dev)", "netif_tx_lock __wasm_get_current"],
    [
      "netif_tx_unlock_bh(dev)", "inline",
      "netif_tx_unlock(dev), local_bh_enable()", "netif_tx_unlock __local_bh_enable_ip",
    ],
    [
      "netif_addr_lock_bh(dev)", "inline",
      "local_bh_disable(), spin_lock(&dev->addr_list_lock)", "_raw_spin_lock __wasm_get_current",
    ],
    [
      "netif_napi_add(dev, napi, poll)", "inline",
      "netif_napi_add_weight(dev, napi, poll, NAPI_POLL_WEIGHT)", "netif_napi_add_weight",
    ],
    ["netif_napi_del(napi)", "inline", "__netif_napi_del(napi), synchronize_net()", "__netif_napi_del synchronize_net"],
    [
      "napi_schedule(napi)", "inline",
      "if (napi_schedule_prep(napi)) __napi_schedule(napi)", "__napi_schedule napi_schedule_prep",
    ],
    [
      "napi_schedule_irqoff(napi)", "inline",
      "if (napi_schedule_prep(napi)) __napi_schedule_irqoff(napi)", "__napi_schedule_irqoff napi_schedule_prep",
    ],
    ["napi_complete(napi)", "inline", "napi_complete_done(napi, 0)", "napi_complete_done"],
    ["napi_synchronize(napi)", "inline", "msleep(1) while NAPI_STATE_SCHED is set in napi->state", "msleep"],
    [
      "netdev_sent_queue(dev, bytes)", "inline",
      "dql_queued(&dev->_tx[0].dql, bytes), and stops the queue at the limit", "jiffies __wasm_bug",
    ],
    [
      "netdev_completed_queue(dev, packets, bytes)", "inline",
      "dql_completed(&dev->_tx[0].dql, bytes), and lets the queue go on below the limit",
      "dql_completed netif_schedule_queue",
    ],
    ["netdev_reset_queue(dev)", "inline", "dql_reset(&dev->_tx[0].dql)", "dql_reset"],
    ["dev_kfree_skb_irq(skb)", "inline", "__dev_kfree_skb_irq(skb, SKB_REASON_DROPPED)", "__dev_kfree_skb_irq"],
    ["dev_kfree_skb_any(skb)", "inline", "__dev_kfree_skb_any(skb, SKB_REASON_DROPPED)", "__dev_kfree_skb_any"],
    ["dev_consume_skb_irq(skb)", "inline", "__dev_kfree_skb_irq(skb, SKB_REASON_CONSUMED)", "__dev_kfree_skb_irq"],
    ["dev_consume_skb_any(skb)", "inline", "__dev_kfree_skb_any(skb, SKB_REASON_CONSUMED)", "__dev_kfree_skb_any"],
    ["dev_hold(dev)", "inline", "this CPU's *dev->pcpu_refcnt + 1", REFCOUNT],
    ["dev_put(dev)", "inline", "this CPU's *dev->pcpu_refcnt - 1", REFCOUNT],
  ],
  "net/net_debug.h": [
    [
      "netdev_dbg(dev, fmt, …)", "macro",
      "nothing; with DEBUG defined netdev_printk(KERN_DEBUG, dev, fmt, …)", "netdev_printk",
    ],
    [
      "netif_err(priv, type, dev, fmt, …)", "macro",
      "if (priv->msg_enable & NETIF_MSG_type) netdev_err(dev, fmt, …)", "netdev_err",
    ],
    [
      "netif_warn(priv, type, dev, fmt, …)", "macro",
      "if (priv->msg_enable & NETIF_MSG_type) netdev_warn(dev, fmt, …)", "netdev_warn",
    ],
    [
      "netif_info(priv, type, dev, fmt, …)", "macro",
      "if (priv->msg_enable & NETIF_MSG_type) netdev_info(dev, fmt, …)", "netdev_info",
    ],
    [
      "netif_dbg(priv, type, dev, fmt, …)", "macro",
      "nothing; with DEBUG defined, if (priv->msg_enable & NETIF_MSG_type) netdev_printk(KERN_DEBUG, dev, fmt, …)",
      "netdev_printk",
    ],
  ],
  "linux/skbuff.h": [
    ["alloc_skb(size, gfp)", "inline", "__alloc_skb(size, gfp, 0, NUMA_NO_NODE)", "__alloc_skb"],
    ["dev_alloc_skb(length)", "inline", "netdev_alloc_skb(NULL, length)", "__netdev_alloc_skb"],
    ["netdev_alloc_skb(dev, length)", "inline", "__netdev_alloc_skb(dev, length, GFP_ATOMIC)", "__netdev_alloc_skb"],
    [
      "netdev_alloc_skb_ip_align(dev, length)", "inline",
      "__netdev_alloc_skb(dev, length + NET_IP_ALIGN, GFP_ATOMIC), skb_reserve(skb, NET_IP_ALIGN)",
      "__netdev_alloc_skb",
    ],
    ["napi_alloc_skb(napi, length)", "inline", "__napi_alloc_skb(napi, length, GFP_ATOMIC)", "__napi_alloc_skb"],
    ["kfree_skb(skb)", "inline", "kfree_skb_reason(skb, SKB_DROP_REASON_NOT_SPECIFIED)", "kfree_skb_reason"],
    ["consume_skb(skb)", "inline", "kfree_skb(skb); with tracepoints a function", "kfree_skb_reason"],
    ["dev_kfree_skb(skb)", "macro", "consume_skb(skb)", "kfree_skb_reason"],
    ["skb_reserve(skb, len)", "inline", "skb->data += len, skb->tail += len", ""],
    ["skb_put_data(skb, data, len)", "inline", "memcpy(skb_put(skb, len), data, len)", "skb_put"],
    ["skb_padto(skb, len)", "inline", "if (skb->len < len) __skb_pad(skb, len - skb->len, true)", "__skb_pad"],
    [
      "skb_put_padto(skb, len)", "inline",
      "skb_padto(skb, len), and the padding counts as data", "__skb_pad __wasm_bug",
    ],
    ["skb_linearize(skb)", "inline", "if (skb->data_len) __pskb_pull_tail(skb, skb->data_len)", "__pskb_pull_tail"],
    [
      "skb_cow_head(skb, headroom)", "inline",
      "pskb_expand_head(…) if the head is shared or too short", "pskb_expand_head",
    ],
    [
      "skb_tx_timestamp(skb)", "inline",
      "skb_clone_tx_timestamp(skb); if asked for, skb_tstamp_tx(skb, NULL)", "skb_clone_tx_timestamp skb_tstamp_tx",
    ],
    [
      "skb_frag_dma_map(dev, frag, offset, size, direction)", "inline",
      "dma_map_page(dev, skb_frag_page(frag), skb_frag_off(frag) + offset, size, direction)", "dma_map_page_attrs",
    ],
  ],
  "linux/etherdevice.h": [
    ["alloc_etherdev(sizeof_priv)", "macro", "alloc_etherdev_mqs(sizeof_priv, 1, 1)", "alloc_etherdev_mqs"],
    [
      "alloc_etherdev_mq(sizeof_priv, count)", "macro",
      "alloc_etherdev_mqs(sizeof_priv, count, count)", "alloc_etherdev_mqs",
    ],
    ["is_valid_ether_addr(addr)", "inline", "neither multicast nor all zero", ""],
    ["eth_random_addr(addr)", "inline", "get_random_bytes(addr, 6), made unicast and local", "get_random_bytes"],
    [
      "eth_hw_addr_random(dev)", "inline",
      "a random address, dev_addr_mod(dev, 0, addr, 6)", "dev_addr_mod get_random_bytes",
    ],
    ["eth_hw_addr_set(dev, addr)", "inline", "dev_addr_mod(dev, 0, addr, 6)", "dev_addr_mod"],
    ["eth_skb_pad(skb)", "inline", "skb_put_padto(skb, ETH_ZLEN)", "__skb_pad __wasm_bug"],
  ],
  "linux/if_vlan.h": [
    [
      "__vlan_hwaccel_put_tag(skb, proto, tci)", "inline",
      "skb->vlan_proto = proto, skb->vlan_tci = tci, skb->vlan_present = 1", "",
    ],
  ],
  "linux/rtnetlink.h": [
    ["ASSERT_RTNL()", "macro", "WARN_ONCE(!rtnl_is_locked(), …)", "rtnl_is_locked warn_slowpath_fmt"],
  ],
  "linux/crc32.h": [
    ["ether_crc(length, data)", "macro", "bitrev32(crc32_le(~0, data, length))", "crc32_le byte_rev_table"],
    ["ether_crc_le(length, data)", "macro", "crc32_le(~0, data, length)", "crc32_le"],
  ],
  "linux/bitrev.h": [
    ["bitrev8(x)", "macro", "byte_rev_table[x]", "byte_rev_table"],
  ],
};
