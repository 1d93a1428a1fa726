// What the core has of the kernel's structs and constants: assembly/abi/<area>.ts and assembly/abi/const/<area>.ts.
// To have one more: add its name to a sorted list here and run `npm run abi`.

export interface Area {
  /** Headers that declare what the area lists. */
  readonly headers: readonly string[];
  /** Structs, unions and typedefs of them, without `struct`. */
  readonly structs: readonly string[];
  /** Constants by name or pattern: macros and enumerators, as far as they are integer constants. */
  readonly constants: readonly (string | RegExp)[];
  /** Integer constant expressions that have no name in C: our name, then the expression. */
  readonly expressions?: Readonly<Record<string, string>>;
  /** Type of constants that C gives no sign: errno is added and negated, so it wants one. */
  readonly type?: "i32";
}

export const areas: Readonly<Record<string, Area>> = {
  errno: {
    headers: ["linux/err.h", "linux/errno.h"],
    structs: [],
    constants: [/^E[A-Z0-9]+$/, "EPROBE_DEFER", "ERESTART_RESTARTBLOCK", "MAX_ERRNO"],
    type: "i32",
  },
  types: {
    headers: [
      "linux/idr.h", "linux/klist.h", "linux/kref.h", "linux/list.h", "linux/llist.h", "linux/rbtree.h",
      "linux/refcount.h", "linux/types.h", "linux/uuid.h", "linux/xarray.h",
    ],
    structs: [
      "atomic64_t", "atomic_t", "callback_head", "hlist_head", "hlist_node", "ida", "idr", "klist", "klist_iter",
      "klist_node", "kref", "list_head", "llist_head", "llist_node", "rb_node", "rb_root", "rb_root_cached",
      "refcount_struct", "xarray",
    ],
    constants: [/^LIST_POISON/, /^REFCOUNT_/, /^XA_/],
    expressions: { LIST_POISON1: "(unsigned long)LIST_POISON1", LIST_POISON2: "(unsigned long)LIST_POISON2" },
  },
  kernel: {
    headers: [
      "linux/bug.h", "linux/console.h", "linux/export.h", "linux/fs.h", "linux/init.h", "linux/kern_levels.h",
      "linux/kernel.h", "linux/module.h", "linux/moduleparam.h", "linux/notifier.h", "linux/panic.h",
      "linux/printk.h", "linux/ratelimit.h", "linux/reboot.h", "linux/seq_file.h", "linux/uio.h", "linux/version.h",
    ],
    structs: [
      "atomic_notifier_head", "blocking_notifier_head", "file", "file_operations", "kernel_param", "kernel_param_ops",
      "kernel_symbol", "kparam_array", "kparam_string", "module", "module_attribute", "module_kobject",
      "module_layout", "module_use", "notifier_block", "ratelimit_state", "raw_notifier_head", "seq_file",
      "seq_operations", "va_format",
    ],
    constants: [
      /^[SU](8|16|32|64)_M/, /^CONSOLE_LOGLEVEL_/, /^INT_M/, /^KERNEL_PARAM_/, /^LINUX_VERSION_/, /^LLONG_M/,
      /^LOGLEVEL_/, /^LONG_M/, /^MODULE_/, /^NOTIFY_/, /^S_I[RWXAF][A-Z]*$/, /^SYS_[A-Z_]+$/, /^SYSTEM_/, /^TAINT_/,
      /^UINT_M/, /^ULLONG_M/, /^ULONG_M/, "NUMA_NO_NODE",
    ],
  },
  cpu: {
    headers: [
      "linux/cache.h", "linux/cpu.h", "linux/cpuhotplug.h", "linux/cpumask.h", "linux/hardirq.h", "linux/irqflags.h",
      "linux/percpu-refcount.h", "linux/percpu.h", "linux/preempt.h", "linux/threads.h",
    ],
    structs: ["cpumask", "percpu_ref", "percpu_ref_data"],
    constants: [
      /^(PREEMPT|SOFTIRQ|HARDIRQ|NMI)_(OFFSET|SHIFT|MASK|BITS|DISABLE_OFFSET)$/,
      /^(SOFTIRQ|PREEMPT)_(LOCK|DISABLE)_OFFSET$/, /^ARCH_IRQ_/, /^CPUHP_/, "ARCH_DMA_MINALIGN", "BITS_PER_LONG",
      "INIT_PREEMPT_COUNT", "L1_CACHE_BYTES", "L1_CACHE_SHIFT", "NR_CPUS", "PREEMPT_ENABLED", "SMP_CACHE_BYTES",
    ],
  },
  mm: {
    headers: [
      "linux/dmapool.h", "linux/gfp.h", "linux/highmem.h", "linux/mempool.h", "linux/mm.h", "linux/mmzone.h",
      "linux/page-flags.h", "linux/page_ref.h", "linux/poison.h", "linux/scatterlist.h", "linux/sizes.h",
      "linux/slab.h", "linux/vmalloc.h",
    ],
    structs: [
      "folio", "mempool_s", "page", "page_frag", "page_frag_cache", "scatterlist", "sg_page_iter", "sg_table",
      "vm_struct",
    ],
    constants: [
      /^_{0,3}GFP_/, /^KMALLOC_/, /^PAGE_/, /^PG_/, /^POISON_/, /^SG_/, /^SLAB_/, /^SZ_/, /^VM_[A-Z_]+$/, /^ZONE_/,
      "__NR_PAGEFLAGS", "ARCH_KMALLOC_MINALIGN", "ARCH_SLAB_MINALIGN", "COMPOUND_PAGE_DTOR", "MAX_ORDER",
      "MAX_ORDER_NR_PAGES", "NR_KMALLOC_TYPES", "PAGE_ALLOC_COSTLY_ORDER", "PAGE_FRAG_CACHE_MAX_SIZE", "PAGE_OFFSET",
    ],
    expressions: { ZERO_SIZE_PTR: "(unsigned long)ZERO_SIZE_PTR" },
  },
  locking: {
    headers: [
      "linux/mutex.h", "linux/osq_lock.h", "linux/percpu-rwsem.h", "linux/rtmutex.h", "linux/rwsem.h",
      "linux/semaphore.h", "linux/seqlock.h", "linux/spinlock.h",
    ],
    structs: [
      "mutex", "optimistic_spin_queue", "percpu_rw_semaphore", "qrwlock", "qspinlock", "raw_spinlock", "rt_mutex",
      "rw_semaphore", "rwlock_t", "semaphore", "seqcount", "spinlock",
    ],
    constants: [/^_Q_/, /^_QR_/, /^_QW_/, /^RWSEM_/],
  },
  sched: {
    headers: [
      "linux/completion.h", "linux/kthread.h", "linux/rcupdate.h", "linux/sched.h", "linux/sched/prio.h",
      "linux/sched/signal.h", "linux/sched/task.h", "linux/srcu.h", "linux/swait.h", "linux/wait.h",
      "linux/wait_bit.h",
    ],
    structs: [
      "completion", "kthread_delayed_work", "kthread_work", "kthread_worker", "sigpending", "swait_queue",
      "swait_queue_head", "task_struct", "thread_info", "thread_struct", "wait_bit_key", "wait_bit_queue_entry",
      "wait_queue_entry", "wait_queue_head",
    ],
    constants: [
      /^__TASK_/, /^_TIF_/, /^MAX_(NICE|RT_PRIO|PRIO)$/, /^PF_[A-Z_]+$/, /^TASK_/, /^TIF_/, /^WQ_FLAG_/,
      "DEFAULT_PRIO", "MAX_SCHEDULE_TIMEOUT", "MIN_NICE", "SIGKILL", "THREAD_SIZE", "THREAD_SIZE_ORDER",
    ],
    expressions: { UINTPTR_MAX: "(unsigned long)-1" },
  },
  irq: {
    headers: [
      "asm/irq.h", "linux/interrupt.h", "linux/irq.h", "linux/irq_work.h", "linux/irqdesc.h", "linux/irqdomain.h",
      "linux/irqreturn.h", "linux/msi.h",
    ],
    structs: [
      "irq_affinity", "irq_affinity_desc", "irq_affinity_notify", "irq_chip", "irq_common_data", "irq_data",
      "irq_desc", "irq_work", "irqaction", "msi_desc", "msi_msg", "pci_msi_desc", "softirq_action", "tasklet_struct",
    ],
    constants: [/_SOFTIRQ$/, /^IRQ_[A-Z_]+$/, /^IRQCHIP_/, /^IRQD_/, /^IRQF_/, /^TASKLET_/, "NR_IRQS", "NR_SOFTIRQS"],
  },
  time: {
    headers: [
      "linux/delay.h", "linux/hrtimer.h", "linux/jiffies.h", "linux/ktime.h", "linux/rtc.h", "linux/time.h",
      "linux/time64.h", "linux/timecounter.h", "linux/timekeeping.h", "linux/timer.h", "linux/workqueue.h",
    ],
    structs: [
      "__kernel_old_timeval", "cyclecounter", "delayed_work", "hrtimer", "hrtimer_clock_base", "hrtimer_cpu_base",
      "hrtimer_sleeper", "rcu_work", "rtc_time", "timecounter", "timer_list", "timerqueue_head", "timerqueue_node",
      "timespec64", "tm", "work_struct", "workqueue_attrs",
    ],
    constants: [
      /^(HZ|MSEC|USEC|NSEC)_TO_/, /^(M|U|N|P|F)SEC_PER_/, /^__WQ_/, /^CLOCK_/, /^HRTIMER_/, /^KTIME_/, /^TIMER_/,
      /^TK_OFFS_/, /^WORK_/, /^WQ_[A-Z_]+$/, "HZ", "INITIAL_JIFFIES", "MAX_JIFFY_OFFSET", "MAX_UDELAY_MS",
      "TICK_NSEC", "TIME64_MAX", "TIME64_MIN", "USER_HZ",
    ],
  },
  device: {
    headers: [
      "linux/cdev.h", "linux/device.h", "linux/device/bus.h", "linux/device/class.h", "linux/device/driver.h",
      "linux/firmware.h", "linux/io.h", "linux/ioport.h", "linux/kdev_t.h", "linux/kobject.h", "linux/major.h", "linux/miscdevice.h",
      "linux/mod_devicetable.h", "linux/platform_device.h", "linux/pm.h", "linux/pm_runtime.h", "linux/pm_wakeup.h",
      "linux/resource_ext.h", "linux/sysfs.h",
    ],
    structs: [
      "attribute", "attribute_group", "bin_attribute", "bus_attribute", "bus_type", "cdev", "class",
      "class_attribute", "class_dev_iter", "class_interface", "dev_ext_attribute", "dev_links_info", "dev_msi_info",
      "dev_pm_domain", "dev_pm_info", "dev_pm_ops", "device", "device_attribute", "device_dma_parameters",
      "device_driver", "device_type", "driver_attribute", "firmware", "fwnode_handle", "kobj_attribute", "kobj_type",
      "kobj_uevent_env", "kobject", "kset", "kset_uevent_ops", "miscdevice", "pci_device_id", "platform_device",
      "platform_device_id", "platform_driver", "pm_subsys_data", "resource", "resource_entry", "subsys_dev_iter",
      "sysfs_ops", "virtio_device_id", "wakeup_source",
    ],
    constants: [
      /^BUS_NOTIFY_/, /^DL_/, /^DPM_/, /^IORESOURCE_/, /^KOBJ_/, /^PM_EVENT_/, /^PROBE_/, /^RPM_/, /^UEVENT_/,
      "MINORBITS", "MISC_DYNAMIC_MINOR", "MISC_MAJOR", "PCI_ANY_ID", "VIRTIO_DEV_ANY_ID",
    ],
  },
  dma: {
    headers: ["linux/dma-direction.h", "linux/dma-map-ops.h", "linux/dma-mapping.h"],
    structs: ["dma_map_ops"],
    constants: [/^DMA_[A-Z_]+$/],
    expressions: { DMA_MAPPING_ERROR: "DMA_MAPPING_ERROR" },
  },
  pci: {
    headers: ["linux/pci.h", "linux/pci_ids.h", "linux/pci_regs.h"],
    structs: [
      "msix_entry", "pci_bus", "pci_bus_resource", "pci_dev", "pci_driver", "pci_dynids", "pci_error_handlers",
      "pci_host_bridge", "pci_ops", "pci_vpd",
    ],
    constants: [
      /^PCI_(?!VENDOR_ID_|DEVICE_ID_|SUBVENDOR_ID_|SUBDEVICE_ID_)[A-Z0-9_]+$/,
      /^PCI_(VENDOR|DEVICE)_ID_(REALTEK|INTEL|REDHAT|QUMRANET|AMD)[A-Z0-9_]*$/, /^PCI_BUS_FLAGS_/, /^pci_channel_io_/,
      /^PCI_D[0-3]/, /^PCI_DEV_FLAGS_/, /^PCI_PM_CAP_PME_D3/, /^PCIBIOS_/, "DEVICE_COUNT_RESOURCE", "PCI_D3cold", "PCI_D3hot",
      "PCI_DEVICE_ID", "PCI_SUBSYSTEM_VENDOR_ID", "PCI_UNKNOWN", "PCI_VENDOR_ID",
    ],
  },
  net: {
    headers: [
      "linux/dynamic_queue_limits.h", "linux/etherdevice.h", "linux/if.h", "linux/if_arp.h", "linux/if_ether.h",
      "linux/if_packet.h", "linux/if_vlan.h", "linux/ip.h", "linux/ipv6.h", "linux/netdev_features.h",
      "linux/netdevice.h", "linux/rtnetlink.h", "linux/sockios.h", "linux/tcp.h", "linux/udp.h", "net/dst.h",
      "net/flow.h", "net/gro.h", "net/net_namespace.h", "net/pkt_sched.h", "net/sch_generic.h", "net/xdp.h",
      "uapi/linux/bpf.h", "uapi/linux/if_link.h",
    ],
    structs: [
      "dql", "ethhdr", "gnet_stats_basic_sync", "gnet_stats_queue", "gro_list", "header_ops", "ifmap", "ifreq", "iphdr",
      "ipv6hdr", "napi_gro_cb", "napi_struct", "net", "net_device", "net_device_core_stats", "net_device_ops",
      "net_device_stats", "netdev_hw_addr", "netdev_hw_addr_list", "netdev_notifier_change_info",
      "netdev_notifier_info", "netdev_phys_item_id", "netdev_queue", "netdev_rx_queue", "netdev_tc_txq", "packet_type",
      "pcpu_dstats", "pcpu_lstats", "pcpu_sw_netstats", "possible_net_t", "Qdisc", "Qdisc_ops", "qdisc_skb_cb",
      "qdisc_skb_head", "rps_map", "rtnl_link_stats64", "sockaddr", "softnet_data", "tcphdr", "u64_stats_sync",
      "udphdr", "vlan_ethhdr", "vlan_hdr", "xdp_buff", "xdp_frame", "xdp_rxq_info", "xps_map",
    ],
    constants: [
      /^__LINK_STATE_/, /^__QDISC_STATE/, /^__QUEUE_STATE_/, /^ARPHRD_/, /^DQL_/, /^ETH_/, /^GRO_/,
      /^IF_(OPER|LINK_MODE)_/, /^IFALIASZ$/, /^IFF_/, /^IFNAMSIZ$/, /^NAPI_/, /^NAPIF_/, /^NET_(RX|XMIT|ADDR|NAME)_/,
      /^NETDEV_/, /^NETIF_/, /^NETREG_/, /^PACKET_/, /^QDISC_STATE/, /^QUEUE_STATE_/, /^RTEXT_/, /^RTNL_LINK_/,
      /^RX_HANDLER_/, /^SIOC/, /^TC_H_/, /^TC_PRIO_/, /^TCQ_F_/, /^VLAN_/, /^XDP_[A-Z_]+$/, "DEFAULT_TX_QUEUE_LEN",
      "DQL_MAX_OBJECT", "GSO_LEGACY_MAX_SIZE", "GSO_MAX_SEGS", "GSO_MAX_SIZE", "HH_DATA_MOD", "INIT_NETDEV_GROUP",
      "LL_MAX_HEADER", "LOOPBACK_IFINDEX", "MAX_ADDR_LEN", "MAX_HEADER", "MAX_SKB_FRAGS", "SOCK_MIN_SNDBUF",
      "TC_BITMASK", "TC_MAX_QUEUE", "TSO_LEGACY_MAX_SIZE", "TSO_MAX_SEGS", "TSO_MAX_SIZE", "XDP_PACKET_HEADROOM",
    ],
  },
  skbuff: {
    headers: ["linux/skbuff.h", "net/dropreason.h"],
    structs: [
      "bio_vec", "sk_buff", "sk_buff_fclones", "sk_buff_head", "sk_buff_list", "skb_ext", "skb_shared_hwtstamps",
      "skb_shared_info",
    ],
    constants: [
      /^CHECKSUM_/, /^PKT_TYPE_/, /^PKT_VLAN/, /^SKB_[A-Z0-9_]+$/, /^SKB_GSO_/, /^SKBFL_/, /^SKBTX_/, "MAX_SKB_FRAGS",
      "NET_IP_ALIGN", "NET_SKB_PAD",
    ],
    expressions: {
      SKB_TRUESIZE_0: "SKB_TRUESIZE(0)",
      SKB_SHARED_INFO_ALIGNED: "SKB_DATA_ALIGN(sizeof(struct skb_shared_info))",
    },
  },
  ethtool: {
    headers: ["linux/ethtool.h", "linux/mdio.h", "linux/mii.h", "linux/net_tstamp.h", "linux/phy.h"],
    structs: [
      "ethtool_channels", "ethtool_cmd", "ethtool_coalesce", "ethtool_drvinfo", "ethtool_eeprom",
      "ethtool_eth_ctrl_stats", "ethtool_eth_mac_stats", "ethtool_get_features_block", "ethtool_gfeatures",
      "ethtool_gstrings", "ethtool_link_ksettings", "ethtool_link_settings", "ethtool_modinfo", "ethtool_ops",
      "ethtool_pauseparam", "ethtool_perm_addr", "ethtool_regs", "ethtool_ringparam", "ethtool_rxfh", "ethtool_rxnfc",
      "ethtool_set_features_block", "ethtool_sfeatures", "ethtool_stats", "ethtool_test", "ethtool_ts_info",
      "ethtool_value", "ethtool_wolinfo", "hwtstamp_config", "kernel_ethtool_coalesce", "kernel_ethtool_ringparam",
      "mii_if_info", "mii_ioctl_data",
    ],
    constants: [
      /^ADVERTISE[D]?_/, /^AUTONEG_/, /^BMCR_/, /^BMSR_/, /^DUPLEX_/, /^ETHTOOL_/, /^ETH_RSS_HASH_/, /^HWTSTAMP_/, /^LPA_/, /^MII_/,
      /^PORT_/, /^SOF_TIMESTAMPING_/, /^SPEED_/, /^SUPPORTED_/, /^WAKE_/, /^XCVR_/, "__ETHTOOL_LINK_MODE_MASK_NBITS",
      "SOPASS_MAX",
    ],
  },
  lib: {
    headers: [
      "linux/blkdev.h", "linux/dcache.h", "linux/fwnode.h", "linux/hash.h", "linux/in.h", "linux/in6.h", "linux/mm.h",
      "linux/path.h",
      "linux/prandom.h", "linux/printk.h", "linux/property.h", "linux/ratelimit.h", "linux/socket.h",
      "linux/string_helpers.h",
    ],
    structs: [
      "block_device", "dentry", "fwnode_operations", "gendisk", "path", "property_entry", "qstr", "rnd_state",
      "sockaddr_in", "sockaddr_in6", "software_node",
    ],
    constants: [
      /^(UN)?ESCAPE_/, /^(ZONES|SECTIONS|NODES|LAST_CPUPID|KASAN_TAG)_(WIDTH|PGSHIFT|MASK)$/, /^DUMP_PREFIX_/,
      /^STRING_UNITS_/, "AF_INET", "AF_INET6", "DISK_NAME_LEN", "DNAME_INLINE_LEN", "GOLDEN_RATIO_32",
      "IPV6_FLOWINFO_MASK",
      "NR_PAGEFLAGS", "RATELIMIT_MSG_ON_RELEASE",
    ],
    expressions: { PAGEFLAGS_MASK: "PAGEFLAGS_MASK" },
  },
};
