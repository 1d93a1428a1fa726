// The image's exports, by the file that has them: first what hosts call, then the kernel's symbols under their C names.
// A symbol's doc comment stands above its function; docs/symbols.md and `kpi resolve` are made from it.

// What hosts call.
export { ABI_STAMP as kpi_abi_stamp } from "./abi/stamp";
export { kpi_core_end } from "./arch/wasm/sections";
export { kpi_sysrq } from "./drivers/tty/sysrq";
export { kpi_proc_read } from "./fs/proc/files";
export {
  sysfs_list as kpi_sysfs_list, sysfs_read as kpi_sysfs_read, sysfs_readlink as kpi_sysfs_readlink,
  sysfs_write as kpi_sysfs_write,
} from "./fs/sysfs/path";
export { devtmpfs_list as kpi_dev_list } from "./drivers/base/devtmpfs";
export { filp_close as kpi_close } from "./fs/open";
export { vfs_read as kpi_read, vfs_write as kpi_write } from "./fs/read_write";
export { vfs_poll as kpi_poll } from "./fs/select";
export { sys_ioctl as kpi_ioctl, sys_llseek as kpi_llseek, sys_open as kpi_open } from "./fs/syscalls";
export { cpumask_next_wrap, kpi_cpu_boot, kpi_cpu_prepare } from "./kernel/cpu";
export { kpi_boot } from "./init/main";
export { kpi_host_enter, kpi_host_leave } from "./kernel/host_calls";
export { kpi_insmod, kpi_rmmod } from "./kernel/module/load";
export { module_alloc, module_free } from "./kernel/module/memory";
export { kpi_bug_reports } from "./kernel/debug/reports";
export { kpi_deadlock, kpi_hung_tasks, kpi_task_stuck } from "./kernel/hung_task";
export { kpi_host_trap, kpi_task_trap, kpi_trap_report } from "./kernel/oops";
export { kpi_log_read } from "./kernel/printk/console";
export {
  emergency_restart, kernel_restart, kpi_power_off, register_reboot_notifier, register_restart_handler,
  unregister_reboot_notifier, unregister_restart_handler,
} from "./kernel/reboot";
export { kpi_task_info } from "./kernel/sched/show";
export { kpi_task_create, kpi_task_exit, kpi_task_free, kpi_task_result, kpi_task_run } from "./kernel/tasks";
export { kpi_nr_free_pages } from "./mm/reclaim";
export { percpu_modalloc, percpu_modcopy } from "./mm/percpu";
export { kmem_live_bytes as kpi_kmem_live_bytes, kmem_live_objects as kpi_kmem_live_objects } from "./mm/slab_common";
export { kpi_netdev_mii } from "./net/core/dev_ioctl";
export {
  kpi_netdev_by_name, kpi_netdev_down, kpi_netdev_info, kpi_netdev_mc_add, kpi_netdev_mc_del, kpi_netdev_next,
  kpi_netdev_rename, kpi_netdev_set_allmulti, kpi_netdev_set_mac, kpi_netdev_set_mtu, kpi_netdev_set_promisc,
  kpi_netdev_set_qlen, kpi_netdev_up,
} from "./net/core/host_ops";
export { kpi_rtnl_dellink, kpi_rtnl_newlink } from "./net/core/rtnetlink";
export { kpi_ethtool } from "./net/ethtool/ioctl";
export { kpi_packet_ring_close, kpi_packet_ring_open } from "./net/packet/bound";
export { kpi_packet_ring } from "./net/packet/ring";

// arch/wasm
export { __wasm_get_current } from "./arch/wasm/current";
export {
  memcpy_fromio, memcpy_toio, memset_io, __raw_readb, __raw_readl, __raw_readq, __raw_readw, __raw_writeb, __raw_writel,
  __raw_writeq, __raw_writew,
} from "./arch/wasm/io";
export {
  arch_local_irq_disable, arch_local_irq_enable, arch_local_irq_restore, arch_local_irq_save, arch_local_save_flags,
  __wasm_cpu_relax,
} from "./arch/wasm/irqflags";
export { inb, inl, insb, insl, insw, inw, outb, outl, outsb, outsl, outsw, outw } from "./arch/wasm/port";

// drivers/base
export {
  device_add_groups, device_create_bin_file, device_create_file, device_remove_bin_file, device_remove_file,
  device_remove_file_self, device_remove_groups, device_show_bool, device_show_int, device_show_ulong,
  device_store_bool, device_store_int, device_store_ulong, devm_device_add_group, devm_device_add_groups,
  devm_device_remove_group, devm_device_remove_groups,
} from "./drivers/base/attr";
export {
  bus_create_file, bus_register, bus_register_notifier, bus_remove_file, bus_unregister, bus_unregister_notifier,
  driver_create_file, driver_remove_file,
} from "./drivers/base/bus";
export {
  bus_find_device, bus_for_each_dev, bus_for_each_drv, bus_rescan_devices, class_dev_iter_exit, class_dev_iter_init,
  class_dev_iter_next, class_find_device, class_for_each_device, device_find_any_child, device_find_child,
  device_find_child_by_name, device_for_each_child, device_for_each_child_reverse, device_match_any, device_match_devt,
  device_match_fwnode, device_match_name, device_match_of_node, device_reprobe, driver_find_device,
  driver_for_each_device, subsys_dev_iter_exit, subsys_dev_iter_init, subsys_dev_iter_next,
} from "./drivers/base/bus_iter";
export {
  __class_create, class_create_file_ns, class_destroy, class_interface_register, class_interface_unregister,
  __class_register, class_remove_file_ns, class_unregister, device_create, device_create_with_groups, device_destroy,
} from "./drivers/base/class";
export {
  device_add, device_del, device_initialize, device_register, device_rename, device_unregister, get_device, kill_device,
  put_device,
} from "./drivers/base/core";
export {
  __dev_fwnode, fwnode_find_reference, fwnode_handle_put, fwnode_property_get_reference_args, fwnode_property_present,
  fwnode_property_read_string, fwnode_property_read_string_array, fwnode_property_read_u16_array,
  fwnode_property_read_u32_array, fwnode_property_read_u64_array, fwnode_property_read_u8_array,
} from "./drivers/base/property";
export { property_entries_dup, property_entries_free } from "./drivers/base/property_entries";
export { __root_device_register, root_device_unregister } from "./drivers/base/root";
export {
  device_attach, device_bind_driver, device_driver_attach, device_release_driver, driver_attach, wait_for_device_probe,
} from "./drivers/base/dd";
export {
  devres_add, __devres_alloc_node, devres_close_group, devres_destroy, devres_find, devres_for_each_res, devres_free,
  devres_get, devres_open_group, devres_release, devres_release_group, devres_remove, devres_remove_group,
} from "./drivers/base/devres";
export {
  devm_free_irq, devm_ioremap, devm_ioremap_resource, devm_ioremap_uc, devm_ioremap_wc, devm_iounmap,
  __devm_release_region, devm_request_any_context_irq, __devm_request_region, devm_request_threaded_irq, dmam_alloc_attrs, dmam_free_coherent,
} from "./drivers/base/devres_io";
export {
  devm_add_action, __devm_alloc_percpu, devm_free_pages, devm_free_percpu, devm_get_free_pages, devm_kasprintf,
  devm_kfree, devm_kmalloc, devm_kmemdup, devm_krealloc, devm_kstrdup, devm_kstrdup_const, devm_kvasprintf,
  devm_release_action, devm_remove_action,
} from "./drivers/base/devres_mem";
export { driver_find, driver_register, driver_set_override, driver_unregister } from "./drivers/base/driver";
export { release_firmware, request_firmware } from "./drivers/base/firmware_loader/main";
export { dev_driver_string, dev_set_name } from "./drivers/base/name";
export {
  pm_runtime_autosuspend_expiration, pm_runtime_set_autosuspend_delay, __pm_runtime_use_autosuspend,
  pm_schedule_suspend,
} from "./drivers/base/power/autosuspend";
export {
  devm_pm_runtime_enable, pm_runtime_allow, pm_runtime_barrier, __pm_runtime_disable, pm_runtime_enable,
  pm_runtime_forbid, pm_runtime_get_if_active, __pm_runtime_idle, pm_runtime_irq_safe, pm_runtime_no_callbacks,
  __pm_runtime_resume, __pm_runtime_set_status, __pm_runtime_suspend,
} from "./drivers/base/power/runtime_api";
export {
  device_can_wakeup, device_init_wakeup, device_may_wakeup, device_set_wakeup_capable, device_set_wakeup_enable,
  device_wakeup_disable, device_wakeup_enable,
} from "./drivers/base/power/wakeup";
export {
  _dev_alert, _dev_crit, _dev_emerg, _dev_err, dev_err_probe, _dev_info, _dev_notice, _dev_printk, dev_printk_emit,
  dev_vprintk_emit, _dev_warn,
} from "./drivers/base/printk";
export { dev_dbg, dev_err, dev_info, dev_warn } from "./drivers/base/printk_inline";
export {
  fwnode_create_software_node, fwnode_remove_software_node, is_software_node, software_node_find_by_name, software_node_fwnode, software_node_register,
  software_node_register_nodes, software_node_unregister, software_node_unregister_nodes, to_software_node,
} from "./drivers/base/swnode";

// drivers/char
export { misc_deregister, misc_register } from "./drivers/char/misc";

// drivers/leds
export { led_trigger_event, led_trigger_register, led_trigger_unregister } from "./drivers/leds/led-triggers";

// drivers/pci
export {
  pci_bus_read_config_byte, pci_bus_read_config_dword, pci_bus_read_config_word, pci_bus_set_ops,
  pci_bus_write_config_byte, pci_bus_write_config_dword, pci_bus_write_config_word, pci_cfg_access_lock,
  pci_cfg_access_trylock, pci_cfg_access_unlock, pci_read_config_byte, pci_read_config_dword, pci_read_config_word,
  pci_user_read_config_byte, pci_user_read_config_dword, pci_user_read_config_word, pci_user_write_config_byte,
  pci_user_write_config_dword, pci_user_write_config_word, pci_write_config_byte, pci_write_config_dword,
  pci_write_config_word,
} from "./drivers/pci/access";
export {
  pci_disable_link_state, pci_disable_link_state_locked, pcie_aspm_enabled, pcie_aspm_support_enabled,
} from "./drivers/pci/aspm";
export {
  pci_bus_add_device, pci_bus_add_devices, pci_lock_rescan_remove, pci_rescan_bus, pci_root_buses,
  pci_unlock_rescan_remove,
} from "./drivers/pci/bus";
export { pci_bus_alloc_resource, pci_bus_resource_n, pci_find_parent_resource } from "./drivers/pci/bus_res";
export {
  pci_bus_find_capability, pci_find_capability, pci_find_dvsec_capability, pci_find_ext_capability,
  pci_find_next_capability, pci_find_next_ext_capability, pci_find_vsec_capability, pci_get_dsn,
} from "./drivers/pci/capability";
export {
  pci_check_and_mask_intx, pci_check_and_unmask_intx, pci_clear_master, pci_clear_mwi, pci_device_is_present,
  pci_disable_device, pci_enable_device, pci_enable_device_io, pci_enable_device_mem, pci_intx, pci_reenable_device,
  pci_set_cacheline_size, pci_set_master, pci_set_mwi, pci_status_get_and_clear_errors, pci_try_set_mwi,
} from "./drivers/pci/enable";
export {
  pci_disable_sriov, pci_enable_sriov, pci_num_vf, pci_sriov_configure_simple, pci_sriov_get_totalvfs,
  pci_sriov_set_totalvfs, pci_vfs_assigned,
} from "./drivers/pci/iov";
export { pci_free_irq, pci_request_irq } from "./drivers/pci/irq";
export {
  pcie_bandwidth_available, pcie_get_speed_cap, pcie_get_width_cap, pcie_print_link_status,
} from "./drivers/pci/link";
export {
  pci_alloc_irq_vectors_affinity, pci_disable_msi, pci_disable_msix, pci_enable_msi, pci_enable_msix_range,
  pci_free_irq_vectors, pci_irq_get_affinity, pci_irq_vector, pci_msi_enabled, pci_msi_vec_count, pci_msix_vec_count,
  pci_restore_msi_state,
} from "./drivers/pci/msi/msi";
export { pci_add_dynid } from "./drivers/pci/dynid";
export {
  pci_bus_type, pci_dev_driver, pci_match_id, __pci_register_driver, pci_unregister_driver,
} from "./drivers/pci/pci_driver";
export { pci_register_driver, pci_resource_len, pci_resource_start } from "./drivers/pci/pci_inline";
export {
  pci_wait_for_pending_transaction, pcie_capability_clear_and_set_dword, pcie_capability_clear_and_set_word_locked,
  pcie_capability_clear_and_set_word_unlocked, pcie_capability_read_dword, pcie_capability_read_word,
  pcie_capability_write_dword, pcie_capability_write_word, pcie_flr, pcie_get_mps, pcie_get_readrq,
  pcie_relaxed_ordering_enabled, pcie_reset_flr, pcie_set_mps, pcie_set_readrq, pcix_get_max_mmrbc, pcix_get_mmrbc,
  pcix_set_mmrbc,
} from "./drivers/pci/pcie";
export {
  pcim_enable_device, pcim_iomap, pcim_iomap_regions, pcim_iomap_regions_request_all, pcim_iomap_table, pcim_iounmap,
  pcim_iounmap_regions, pcim_pin_device, pcim_set_mwi,
} from "./drivers/pci/pcim";
export {
  pci_back_from_sleep, pci_choose_state, pci_d3cold_disable, pci_d3cold_enable, pci_dev_run_wake, pci_enable_wake,
  pci_pme_active, pci_pme_capable, pci_prepare_to_sleep, pci_set_power_state, pci_set_power_state_locked,
  pci_wake_from_d3,
} from "./drivers/pci/power";
export { pci_alloc_dev, pci_scan_slot } from "./drivers/pci/probe";
export {
  pci_iomap, pci_iomap_range, pci_iomap_wc, pci_iomap_wc_range, pci_ioremap_bar, pci_ioremap_wc_bar, pci_iounmap,
  pci_release_region, pci_release_regions, pci_release_selected_regions, pci_request_region, pci_request_regions,
  pci_request_regions_exclusive, pci_request_selected_regions, pci_request_selected_regions_exclusive, pci_select_bars,
} from "./drivers/pci/region";
export {
  pci_remove_root_bus, pci_stop_and_remove_bus_device, pci_stop_and_remove_bus_device_locked,
} from "./drivers/pci/remove";
export {
  pci_bridge_secondary_bus_reset, pci_dev_lock, pci_dev_trylock, pci_dev_unlock, pci_reset_function,
  __pci_reset_function_locked, pci_reset_function_locked, pci_try_reset_function,
} from "./drivers/pci/reset";
export { pci_disable_rom, pci_enable_rom, pci_map_rom, pci_unmap_rom } from "./drivers/pci/rom";
export {
  pci_dev_get, pci_dev_present, pci_dev_put, pci_find_bus, pci_find_next_bus, pci_get_class, pci_get_device,
  pci_get_domain_bus_and_slot, pci_get_slot, pci_get_subsys, pci_walk_bus,
} from "./drivers/pci/search";
export { pci_bus_assign_resources, pci_bus_size_bridges } from "./drivers/pci/setup_bus";
export { pci_assign_resource, pci_claim_resource, pci_release_resource } from "./drivers/pci/setup_res";
export {
  pci_load_and_free_saved_state, pci_load_saved_state, pci_restore_state, pci_save_state, pci_store_saved_state,
} from "./drivers/pci/state";
export {
  pci_read_vpd, pci_read_vpd_any, pci_vpd_alloc, pci_vpd_check_csum, pci_vpd_find_id_string,
  pci_vpd_find_ro_info_keyword, pci_write_vpd, pci_write_vpd_any,
} from "./drivers/pci/vpd";

// fs
export {
  alloc_chrdev_region, cdev_add, cdev_alloc, cdev_del, cdev_device_add, cdev_device_del, cdev_init, cdev_set_parent,
  __register_chrdev, register_chrdev_region, __unregister_chrdev, unregister_chrdev_region,
} from "./fs/char_dev";
export { fasync_helper, kill_fasync } from "./fs/fcntl";
export { simple_open, simple_read_from_buffer, simple_write_to_buffer } from "./fs/libfs";
export { full_name_hash, hashlen_string } from "./fs/namei";
export {
  _proc_mkdir, proc_create_net_data, proc_create_single_data, proc_remove, remove_proc_entry,
  seq_file_printf as seq_printf, seq_file_puts as seq_puts,
} from "./fs/proc/generic";
export { nonseekable_open, stream_open } from "./fs/open";
export { default_llseek, fixed_size_llseek, no_seek_end_llseek, noop_llseek, vfs_llseek } from "./fs/read_write";

// fs/sysfs
export {
  sysfs_chmod_file, sysfs_create_bin_file, sysfs_create_file_ns, sysfs_create_files, sysfs_emit, sysfs_emit_at,
  sysfs_remove_bin_file, sysfs_remove_file_ns, sysfs_remove_file_self, sysfs_remove_files,
} from "./fs/sysfs/file";
export {
  sysfs_add_file_to_group, sysfs_add_link_to_group, sysfs_create_group, sysfs_create_groups, sysfs_merge_group,
  sysfs_remove_file_from_group, sysfs_remove_group, sysfs_remove_groups, sysfs_remove_link_from_group,
  sysfs_unmerge_group, sysfs_update_group,
} from "./fs/sysfs/group";
export {
  sysfs_create_link, sysfs_create_link_nowarn, sysfs_remove_link, sysfs_rename_link_ns,
} from "./fs/sysfs/symlink";

// kernel
export { capable, ns_capable } from "./kernel/capability";
export {
  __cpu_active_mask, cpu_all_bits, cpu_bit_bitmap, __cpu_online_mask, __cpu_possible_mask, __cpu_present_mask,
  nr_cpu_ids, __num_online_cpus,
} from "./kernel/cpu";
export {
  __cpuhp_remove_state, __cpuhp_setup_state, __cpuhp_state_add_instance, __cpuhp_state_remove_instance,
} from "./kernel/cpu_hotplug";
export { freezer_active, freezing_slow_path, __refrigerator, set_freezable } from "./kernel/freezer";
export { __request_module } from "./kernel/kmod";
export {
  kthread_bind, kthread_complete_and_exit, kthread_create_on_cpu, kthread_create_on_node, kthread_data,
  kthread_freezable_should_stop, kthread_func, kthread_park, kthread_parkme, __kthread_should_park,
  kthread_should_park, kthread_should_stop, kthread_stop, kthread_unpark, __module_put_and_kthread_exit,
} from "./kernel/kthread";
export {
  kthread_cancel_delayed_work_sync, kthread_cancel_work_sync, kthread_create_worker, kthread_create_worker_on_cpu,
  kthread_delayed_work_timer_fn, kthread_destroy_worker, kthread_flush_work, kthread_flush_worker,
  __kthread_init_worker, kthread_mod_delayed_work, kthread_queue_delayed_work, kthread_queue_work, kthread_worker_fn,
} from "./kernel/kthread_worker";
export { flush_signals, kernel_sigaction, send_sig } from "./kernel/sched/signal";

// kernel/dma
export {
  dma_alloc_attrs, dma_alloc_coherent, dma_alloc_pages, dma_free_attrs, dma_free_coherent, dma_free_pages,
} from "./kernel/dma/coherent";
export {
  dma_map_page_attrs, dma_map_single, dma_sync_single_for_cpu, dma_sync_single_for_device, dma_unmap_page_attrs,
  dma_unmap_single, debug_dma_map_single, debug_dma_mapping_error, dma_map_resource, dma_mapping_error,
  dma_unmap_resource,
} from "./kernel/dma/mapping";
export {
  dma_get_merge_boundary, dma_get_required_mask, dma_max_mapping_size, dma_need_sync, dma_opt_mapping_size,
  dma_set_coherent_mask, dma_set_mask,
} from "./kernel/dma/mask";
export {
  dma_alloc_noncontiguous, dma_can_mmap, dma_free_noncontiguous, dma_mmap_attrs, dma_pci_p2pdma_supported,
  dma_vmap_noncontiguous, dma_vunmap_noncontiguous,
} from "./kernel/dma/noncontiguous";
export {
  dma_map_sg_attrs, dma_map_sgtable, dma_sync_sg_for_cpu, dma_sync_sg_for_device, dma_unmap_sg_attrs, sg_next,
} from "./kernel/dma/sg";

// kernel/irq
export {
  __irq_apply_affinity_hint, irq_force_affinity, irq_set_affinity, irq_set_affinity_notifier,
} from "./kernel/irq/affinity";
export { probe_irq_off, probe_irq_on } from "./kernel/irq/autoprobe";
export {
  irq_get_irq_data, irq_get_irqchip_state, irq_modify_status, irq_set_irq_type, irq_set_irq_wake, irq_set_irqchip_state,
} from "./kernel/irq/chip";
export { nr_irqs } from "./kernel/irq/init";
export {
  disable_hardirq, disable_irq, disable_irq_nosync, enable_irq, free_irq, irq_has_action, irq_wake_thread,
  request_any_context_irq, request_irq, request_threaded_irq, synchronize_hardirq, synchronize_irq,
} from "./kernel/irq/manage";

// kernel
export { irq_work_queue, irq_work_queue_on, irq_work_sync } from "./kernel/irq_work";

// kernel/locking
export { debug_locks, debug_locks_off, debug_locks_silent, force_read_lock_recursive } from "./kernel/locking/debug_locks";
export { fs_reclaim_acquire, fs_reclaim_release } from "./kernel/locking/lockdep/fs_reclaim";
export { __wasm_hardirq_wait_type } from "./kernel/locking/lockdep/lockdep";
export {
  lock_acquire, lock_release, lockdep_free_key_range, lockdep_init_map_type, lockdep_reset,
  __wasm_lockdep_set_class, __wasm_lockdep_set_novalidate_class,
} from "./kernel/locking/lockdep/maps";
export {
  mutex_lock_interruptible_nested, mutex_lock_io_nested, mutex_lock_killable_nested, _mutex_lock_nest_lock,
  mutex_lock_nested,
} from "./kernel/locking/mutex";
export {
  down_read_killable_nested, down_read_nested, down_read_non_owner, down_write_killable_nested,
  _down_write_nest_lock, down_write_nested, up_read_non_owner,
} from "./kernel/locking/rwsem";
export {
  __rt_mutex_init, rt_mutex_base_init, rt_mutex_lock, rt_mutex_lock_interruptible, rt_mutex_lock_killable,
  _rt_mutex_lock_nest_lock, rt_mutex_lock_nested, rt_mutex_trylock, rt_mutex_unlock,
} from "./kernel/locking/rtmutex";
export {
  ww_mutex_lock, ww_mutex_lock_interruptible, ww_mutex_trylock, ww_mutex_unlock,
} from "./kernel/locking/ww_mutex";
export { oops_in_progress } from "./kernel/panic";
export { _raw_write_lock_nested } from "./kernel/locking/rwlock";
export {
  _raw_spin_lock_bh_nested, _raw_spin_lock_irqsave_nested, _raw_spin_lock_nest_lock, _raw_spin_lock_nested,
  __wasm_raw_spin_lock_init,
} from "./kernel/locking/spinlock";
export { _atomic_dec_and_lock, _atomic_dec_and_lock_irqsave } from "./kernel/locking/dec_and_lock";
export {
  atomic_dec_and_mutex_lock, __mutex_init, mutex_init, mutex_is_locked, mutex_lock, mutex_lock_interruptible,
  mutex_lock_io, mutex_lock_killable, mutex_trylock, mutex_unlock,
} from "./kernel/locking/mutex";
export {
  _raw_read_lock, _raw_read_lock_bh, _raw_read_lock_irq, _raw_read_lock_irqsave, _raw_read_trylock, _raw_read_unlock,
  _raw_read_unlock_bh, _raw_read_unlock_irq, _raw_read_unlock_irqrestore, _raw_write_lock, _raw_write_lock_bh,
  _raw_write_lock_irq, _raw_write_lock_irqsave, _raw_write_trylock, _raw_write_unlock, _raw_write_unlock_bh,
  _raw_write_unlock_irq, _raw_write_unlock_irqrestore, __wasm_rwlock_init,
} from "./kernel/locking/rwlock";
export {
  down_read, down_read_interruptible, down_read_killable, down_read_trylock, down_write, down_write_killable,
  down_write_trylock, downgrade_write, __init_rwsem, up_read, up_write,
} from "./kernel/locking/rwsem";
export { down, down_interruptible, down_killable, down_timeout, down_trylock, up } from "./kernel/locking/semaphore";
export {
  _raw_spin_lock, _raw_spin_lock_bh, _raw_spin_lock_irq, _raw_spin_lock_irqsave, _raw_spin_trylock,
  _raw_spin_trylock_bh, _raw_spin_unlock, _raw_spin_unlock_bh, _raw_spin_unlock_irq, _raw_spin_unlock_irqrestore,
  spin_lock, spin_lock_init, spin_lock_irqsave, spin_unlock, spin_unlock_irqrestore, __wasm_spin_lock_init,
} from "./kernel/locking/spinlock";

// kernel/module
export { register_module_notifier, unregister_module_notifier } from "./kernel/module/notify";
export { __module_get, module_put, module_refcount, try_module_get } from "./kernel/module/refs";

// kernel
export {
  atomic_notifier_call_chain, atomic_notifier_chain_register, atomic_notifier_chain_register_unique_prio,
  atomic_notifier_chain_unregister, blocking_notifier_call_chain, blocking_notifier_call_chain_robust,
  blocking_notifier_chain_register, blocking_notifier_chain_register_unique_prio, blocking_notifier_chain_unregister,
  raw_notifier_call_chain, raw_notifier_call_chain_robust, raw_notifier_chain_register, raw_notifier_chain_unregister,
} from "./kernel/notifier";
export { dump_stack, panic, warn_slowpath_fmt, __wasm_bug } from "./kernel/panic";
export {
  param_array_ops, param_free_charp, param_get_charp, param_get_string, param_ops_charp, param_ops_string,
  param_set_charp, param_set_copystring,
} from "./kernel/params_array";
export { kernel_param_lock, kernel_param_unlock } from "./kernel/params_lock";
export {
  param_get_bool, param_get_byte, param_get_hexint, param_get_int, param_get_invbool, param_get_long, param_get_short,
  param_get_uint, param_get_ullong, param_get_ulong, param_get_ushort, param_ops_bint, param_ops_bool,
  param_ops_bool_enable_only, param_ops_byte, param_ops_hexint, param_ops_int, param_ops_invbool, param_ops_long,
  param_ops_short, param_ops_uint, param_ops_ullong, param_ops_ulong, param_ops_ushort, param_set_bint, param_set_bool,
  param_set_bool_enable_only, param_set_byte, param_set_hexint, param_set_int, param_set_invbool, param_set_long,
  param_set_short, param_set_uint, param_set_uint_minmax, param_set_ullong, param_set_ulong, param_set_ushort,
} from "./kernel/params_types";
export { system_state } from "./kernel/reboot";

// kernel/printk
export {
  console_printk, console_verbose, _printk, _printk as printk, vprintk, vprintk_emit, __warn_printk,
} from "./kernel/printk/printk";
export { __printk_ratelimit, printk_timed_ratelimit, ___ratelimit } from "./kernel/printk/ratelimit";

// kernel
export { call_rcu, kvfree_call_rcu, rcu_barrier, synchronize_rcu, synchronize_rcu_expedited } from "./kernel/rcu";
export {
  adjust_resource, allocate_resource, insert_resource, insert_resource_expand_to_fit, iomem_resource, ioport_resource,
  __release_region, release_resource, remove_resource, __request_region, request_resource,
} from "./kernel/resource";
export {
  kick_all_cpus_sync, on_each_cpu_cond_mask, smp_call_function, smp_call_function_any, smp_call_function_many,
  smp_call_function_single, smp_call_function_single_async, wake_up_all_idle_cpus,
} from "./kernel/smp";
export { proc_dointvec, sysctl_vals } from "./kernel/sysctl";
export { __srcu_read_lock, __srcu_read_unlock, synchronize_srcu } from "./kernel/srcu";

// kernel/sched
export {
  complete, complete_all, completion_done, try_wait_for_completion, wait_for_completion,
  wait_for_completion_interruptible, wait_for_completion_interruptible_timeout, wait_for_completion_io,
  wait_for_completion_io_timeout, wait_for_completion_killable, wait_for_completion_killable_timeout,
  wait_for_completion_state, wait_for_completion_timeout,
} from "./kernel/sched/completion";
export { __cond_resched, schedule, wake_up_process, yield_ as yield, wake_up_state } from "./kernel/sched/core";
export {
  sched_set_fifo, sched_set_fifo_low, sched_set_normal, set_cpus_allowed_ptr, set_user_nice,
} from "./kernel/sched/policy";
export {
  finish_swait, __init_swait_queue_head, prepare_to_swait_event, prepare_to_swait_exclusive, swake_up_all,
  swake_up_locked, swake_up_one,
} from "./kernel/sched/swait";
export { __put_task_struct } from "./kernel/sched/task";
export {
  add_wait_queue, add_wait_queue_exclusive, add_wait_queue_priority, autoremove_wake_function, default_wake_function,
  do_wait_intr, do_wait_intr_irq, finish_wait, init_wait_entry, __init_waitqueue_head, init_waitqueue_head,
  prepare_to_wait, prepare_to_wait_event, prepare_to_wait_exclusive, remove_wait_queue, wait_woken, __wake_up, wake_up,
  wake_up_interruptible, __wake_up_locked, __wake_up_locked_key, __wake_up_locked_key_bookmark,
  __wake_up_locked_sync_key, __wake_up_sync, __wake_up_sync_key, woken_wake_function,
} from "./kernel/sched/wait";
export {
  bit_wait, bit_wait_io, bit_wait_io_timeout, bit_wait_timeout, bit_waitqueue, init_wait_var_entry,
  out_of_line_wait_on_bit, out_of_line_wait_on_bit_lock, out_of_line_wait_on_bit_timeout, __var_waitqueue,
  __wait_on_bit, __wait_on_bit_lock, wake_bit_function, __wake_up_bit, wake_up_bit, wake_up_var,
} from "./kernel/sched/wait_bit";

// kernel
export { __local_bh_disable_ip, _local_bh_enable, __local_bh_enable_ip } from "./kernel/softirq";
export { add_taint, test_taint } from "./kernel/taint";
export {
  __tasklet_hi_schedule, tasklet_init, tasklet_kill, __tasklet_schedule, tasklet_setup, tasklet_unlock,
  tasklet_unlock_spin_wait, tasklet_unlock_wait,
} from "./kernel/tasklet";

// kernel/time
export { __delay, loops_per_jiffy, mdelay, __ndelay, __udelay, udelay } from "./kernel/time/delay";
export {
  hrtimer_active, hrtimer_cancel, hrtimer_forward, __hrtimer_get_remaining, hrtimer_init, hrtimer_resolution,
  hrtimer_start_range_ns, hrtimer_try_to_cancel, ktime_add_safe, __ktime_divns,
} from "./kernel/time/hrtimer";
export {
  hrtimer_init_sleeper, hrtimer_sleeper_start_expires, schedule_hrtimeout, schedule_hrtimeout_range,
  schedule_hrtimeout_range_clock,
} from "./kernel/time/hrtimer_sleep";
export { get_jiffies_64, jiffies_64, jiffies_64 as jiffies } from "./kernel/time/jiffies";
export { posix_clock_register, posix_clock_unregister } from "./kernel/time/posix-clock";
export {
  __round_jiffies, round_jiffies, __round_jiffies_relative, round_jiffies_relative, __round_jiffies_up,
  round_jiffies_up, __round_jiffies_up_relative, round_jiffies_up_relative,
} from "./kernel/time/round";
export {
  msleep, msleep_interruptible, schedule_timeout, schedule_timeout_idle, schedule_timeout_interruptible,
  schedule_timeout_killable, schedule_timeout_uninterruptible, usleep_range_state,
} from "./kernel/time/sleep";
export {
  clock_t_to_jiffies, jiffies64_to_msecs, jiffies64_to_nsecs, jiffies_64_to_clock_t, jiffies_to_clock_t,
  jiffies_to_msecs, jiffies_to_timespec64, jiffies_to_usecs, __msecs_to_jiffies, ns_to_kernel_old_timeval,
  ns_to_timespec64, nsecs_to_jiffies, nsecs_to_jiffies64, set_normalized_timespec64, sys_tz, timespec64_to_jiffies,
  __usecs_to_jiffies,
} from "./kernel/time/time";
export { mktime64, time64_to_tm } from "./kernel/time/timeconv";
export { timecounter_cyc2time, timecounter_init, timecounter_read } from "./kernel/time/timecounter";
export {
  do_settimeofday64, getboottime64, ktime_get, ktime_get_boot_fast_ns, ktime_get_coarse_real_ts64,
  ktime_get_coarse_ts64, ktime_get_coarse_with_offset, ktime_get_mono_fast_ns, ktime_get_raw, ktime_get_raw_fast_ns,
  ktime_get_raw_ts64, ktime_get_real_fast_ns, ktime_get_real_seconds, ktime_get_real_ts64, ktime_get_resolution_ns,
  ktime_get_seconds, ktime_get_snapshot, ktime_get_tai_fast_ns, ktime_get_ts64, ktime_get_with_offset,
  ktime_mono_to_any, random_get_entropy_fallback, sched_clock,
} from "./kernel/time/timekeeping";
export {
  add_timer, add_timer_on, del_timer, del_timer_sync, init_timer_key, mod_timer, mod_timer_pending, timer_delete,
  timer_delete_sync, timer_reduce, timer_shutdown, timer_shutdown_sync, try_to_del_timer_sync,
} from "./kernel/time/timer";

// kernel
export {
  alloc_workqueue, current_work, destroy_workqueue, execute_in_process_context, schedule_on_each_cpu, schedule_work,
  set_worker_desc, system_freezable_power_efficient_wq, system_freezable_wq, system_highpri_wq, system_long_wq,
  system_power_efficient_wq, system_unbound_wq, system_wq, __warn_flushing_systemwide_wq, work_on_cpu_key,
  work_on_cpu_safe_key, workqueue_congested, workqueue_set_max_active,
} from "./kernel/workqueue";

// kernel/workqueue
export {
  cancel_delayed_work, cancel_delayed_work_sync, cancel_work, cancel_work_sync, flush_delayed_work, flush_work,
  mod_delayed_work_on, work_busy,
} from "./kernel/workqueue/cancel";
export { drain_workqueue, __flush_workqueue } from "./kernel/workqueue/flush";
export {
  delayed_work_timer_fn, queue_delayed_work_on, queue_work, queue_work_node, queue_work_on,
} from "./kernel/workqueue/queue";
export { flush_rcu_work, queue_rcu_work } from "./kernel/workqueue/rcu";

// lib
export {
  bitmap_allocate_region, __bitmap_and, __bitmap_andnot, bitmap_bitremap, __bitmap_clear, __bitmap_complement,
  bitmap_cut, __bitmap_equal, bitmap_find_free_region, bitmap_find_next_zero_area_off, bitmap_from_arr64,
  __bitmap_intersects, __bitmap_or, bitmap_release_region, bitmap_remap, __bitmap_replace, __bitmap_set,
  __bitmap_shift_left, __bitmap_shift_right, __bitmap_subset, bitmap_to_arr64, __bitmap_weight, __bitmap_weight_and,
  __bitmap_xor,
} from "./lib/bitmap";
export {
  bitmap_alloc, bitmap_alloc_node, bitmap_free, bitmap_zalloc, bitmap_zalloc_node, devm_bitmap_alloc,
  devm_bitmap_zalloc,
} from "./lib/bitmap_alloc";
export { bitmap_parse, bitmap_parselist } from "./lib/bitmap_parse";
export { bitmap_print_bitmask_to_buf, bitmap_print_list_to_buf, bitmap_print_to_pagebuf } from "./lib/bitmap_print";
export { byte_rev_table } from "./lib/bitrev";
export { get_option, get_options, memparse, next_arg } from "./lib/cmdline";
export { crc32_be, crc32_le, crc32_le_shift, __crc32c_le, __crc32c_le_shift } from "./lib/crc32";
export { _ctype } from "./lib/ctype";
export { dql_completed, dql_init, dql_reset } from "./lib/dynamic_queue_limits";
export {
  _find_first_and_bit, _find_first_bit, _find_first_zero_bit, _find_last_bit, _find_next_and_bit, _find_next_andnot_bit,
  _find_next_bit, find_next_clump8, _find_next_zero_bit, __find_nth_and_bit, __find_nth_andnot_bit, __find_nth_bit,
} from "./lib/find_bit";
export {
  bin2hex, hex2bin, hex_asc, hex_asc_upper, hex_dump_to_buffer, hex_to_bin, print_hex_dump,
} from "./lib/hexdump";
export { __sw_hweight16, __sw_hweight32, __sw_hweight64, __sw_hweight8 } from "./lib/hweight";
export { ida_alloc_range, ida_destroy, ida_free } from "./lib/ida";
export {
  ioread16, ioread16_rep, ioread16be, ioread32, ioread32_rep, ioread32be, ioread64_hi_lo, ioread64_lo_hi, ioread8,
  ioread8_rep, iowrite16, iowrite16_rep, iowrite16be, iowrite32, iowrite32_rep, iowrite32be, iowrite64_hi_lo,
  iowrite64_lo_hi, iowrite8, iowrite8_rep,
} from "./lib/iomap";
export { kasprintf, kvasprintf, kvasprintf_const } from "./lib/kasprintf";
export {
  klist_add_before, klist_add_behind, klist_add_head, klist_add_tail, klist_del, klist_init, klist_iter_exit,
  klist_iter_init, klist_iter_init_node, klist_next, klist_node_attached, klist_prev, klist_remove,
} from "./lib/klist";
export {
  kobj_sysfs_ops, kobject_add, kobject_create_and_add, kobject_del, kobject_get, kobject_get_path,
  kobject_get_unless_zero, kobject_init, kobject_init_and_add, kobject_move, kobject_put, kobject_rename,
  kobject_set_name, kset_create_and_add, kset_find_obj, kset_register, kset_unregister,
} from "./lib/kobject";
export { add_uevent_var, kobject_uevent, kobject_uevent_env } from "./lib/kobject_uevent";
export {
  kstrtobool, kstrtoint, _kstrtol, kstrtoll, kstrtos16, kstrtos8, kstrtou16, kstrtou8, kstrtouint, _kstrtoul, kstrtoull,
  simple_strtol, simple_strtoll, simple_strtoul, simple_strtoull,
} from "./lib/kstrtox";
export { __list_add_valid, __list_del_entry_valid } from "./lib/list_debug";
export { list_sort } from "./lib/list_sort";
export {
  __div64_32, div64_s64, div64_u64, div64_u64_rem, div_s64_rem, gcd, int_pow, int_sqrt, int_sqrt64, iter_div_u64_rem,
  lcm, lcm_not_zero, mul_u64_u64_div_u64, rational_best_approximation, reciprocal_value,
} from "./lib/math";
export { __multi3 } from "./lib/multi3";
export { do_trace_netlink_extack, __nla_parse, nla_put, nla_strscpy, __nla_validate } from "./lib/nlattr";
export {
  bcmp, memchr, memchr_inv, memcmp, memcpy, memcpy_and_pad, memmove, memscan, memset, memset16, memset32, memset64,
} from "./lib/memory";
export { memweight } from "./lib/memweight";
export { mac_pton } from "./lib/net_utils";
export {
  add_device_randomness, add_hwgenerator_randomness, get_random_bytes, get_random_u16, get_random_u32,
  __get_random_u32_below, get_random_u64, get_random_u8, prandom_bytes_state, prandom_seed_full_state,
  prandom_u32_state, rng_is_initialized, wait_for_random_bytes,
} from "./lib/random";
export { __rb_erase_color, __rb_insert_augmented, rb_erase, rb_first, rb_first_postorder, rb_insert_color } from "./lib/rbtree";
export { rb_last, rb_next, rb_next_postorder, rb_prev, rb_replace_node } from "./lib/rbtree";
export { refcount_dec_and_mutex_lock, refcount_warn_saturate } from "./lib/refcount";
export { sg_init_one, sg_init_table } from "./lib/scatterlist";
export {
  hsiphash_1u32, hsiphash_2u32, hsiphash_3u32, hsiphash_4u32, __hsiphash_aligned, __hsiphash_unaligned, siphash_1u32,
  siphash_1u64, siphash_2u64, siphash_3u32, siphash_3u64, siphash_4u64, __siphash_aligned, __siphash_unaligned,
} from "./lib/siphash";
export { sort, sort_r } from "./lib/sort";
export { kasprintf_strarray, kfree_strarray } from "./lib/strarray";
export {
  stpcpy, strcasecmp, strcat, strchr, strchrnul, strcmp, strcpy, strcspn, strlcat, strlcpy, strlen, strncasecmp,
  strncat, strnchr, strncmp, strncpy, strnlen, strnstr, strpbrk, strrchr, strscpy, strscpy_pad, strsep, strspn, strstr,
} from "./lib/string";
export { string_escape_mem, string_unescape } from "./lib/string_escape";
export {
  match_string, skip_spaces, strim, string_get_size, strreplace, __sysfs_match_string, sysfs_streq,
} from "./lib/string_helpers";
export {
  generate_random_guid, generate_random_uuid, guid_gen, guid_null, guid_parse, uuid_gen, uuid_is_valid, uuid_null,
  uuid_parse,
} from "./lib/uuid";
export { scnprintf, snprintf, sprintf, vscnprintf, vsnprintf, vsprintf } from "./lib/vsprintf";

// lib/vsprintf
export { no_hash_pointers } from "./lib/vsprintf/hash";

// lib
export { sscanf, vsscanf } from "./lib/vsscanf";
export {
  idr_alloc, idr_alloc_cyclic, idr_alloc_u32, idr_destroy, idr_find, idr_for_each, idr_get_next, idr_get_next_ul,
  idr_preload, idr_remove, idr_replace,
} from "./lib/idr";
export {
  radix_tree_delete, radix_tree_delete_item, radix_tree_gang_lookup, radix_tree_gang_lookup_tag, radix_tree_insert,
  radix_tree_iter_delete, radix_tree_iter_resume, radix_tree_lookup, radix_tree_lookup_slot, radix_tree_maybe_preload,
  radix_tree_next_chunk, radix_tree_preload, radix_tree_replace_slot, radix_tree_tag_clear, radix_tree_tag_get,
  radix_tree_tag_set, radix_tree_tagged,
} from "./lib/radix_tree";
export {
  __xa_alloc, __xa_alloc_cyclic, __xa_clear_mark, __xa_cmpxchg, __xa_erase, __xa_insert, __xa_set_mark, __xa_store,
  xa_clear_mark, xa_delete_node, xa_destroy, xa_erase, xa_extract, xa_find, xa_find_after, xa_get_mark, xa_load,
  xa_set_mark, xa_store,
} from "./lib/xarray";
export { xa_get_order, xa_store_range, xas_get_order, xas_split, xas_split_alloc } from "./lib/xarray/multi";
export { xas_clear_mark, xas_get_mark, xas_init_marks, xas_set_mark } from "./lib/xarray/node";
export { xas_create_range, xas_nomem, xas_store } from "./lib/xarray/store";
export {
  __xas_next, __xas_prev, xas_find, xas_find_conflict, xas_find_marked, xas_load, xas_pause,
} from "./lib/xarray/walk";

// mm
export { alloc_pages_exact, free_contig_range, free_pages_exact } from "./mm/contig";
export {
  dma_pool_alloc, dma_pool_create, dma_pool_destroy, dma_pool_free, dmam_pool_create, dmam_pool_destroy,
} from "./mm/dmapool";
export { _totalram_pages } from "./mm/init";
export { ioport_map, ioport_unmap, ioremap, iounmap } from "./mm/ioremap";
export { __copy_overflow } from "./mm/maccess";
export {
  kfree_sensitive, __kmalloc, kmalloc, kmalloc_caches, __kmalloc_node, kmalloc_node_trace, __kmalloc_node_track_caller,
  kmalloc_size_roundup, kmalloc_trace, krealloc, ksize, kzalloc,
} from "./mm/kmalloc";
export { kmalloc_large, kmalloc_large_node } from "./mm/kmalloc_large";
export { empty_zero_page, max_mapnr, mem_map, __wasm_phys_base } from "./mm/page";
export {
  mempool_alloc, mempool_alloc_pages, mempool_alloc_slab, mempool_create, mempool_create_node, mempool_destroy,
  mempool_exit, mempool_free, mempool_free_pages, mempool_free_slab, mempool_init, mempool_init_node, mempool_kfree,
  mempool_kmalloc, mempool_resize,
} from "./mm/mempool";
export {
  __alloc_pages, __alloc_pages_bulk, __folio_alloc, __folio_put, __free_pages, free_pages, __get_free_pages,
  get_zeroed_page, split_page,
} from "./mm/page_alloc";
export { page_frag_alloc_align, __page_frag_cache_drain, page_frag_free } from "./mm/page_frag";
export {
  __alloc_percpu, __alloc_percpu_gfp, free_percpu, __per_cpu_offset, bpf_redirect_info, softnet as softnet_data,
} from "./mm/percpu";
export { si_meminfo } from "./mm/show_mem";
export {
  kmem_cache_alloc_bulk, kmem_cache_alloc_node, kmem_cache_create, kmem_cache_create_usercopy, kmem_cache_destroy,
  kmem_cache_free_bulk, kmem_cache_shrink, kmem_cache_size,
} from "./mm/slab_common";
export { kfree, kmem_cache_alloc, kmem_cache_free } from "./mm/slub";
export {
  kfree_const, kmemdup, kmemdup_nul, kstrdup, kstrdup_const, kstrndup, kvfree, kvfree_sensitive, kvmalloc_node,
  kvrealloc, memdup_user,
} from "./mm/util";
export {
  is_vmalloc_addr, __vcalloc, vcalloc, vfree, __vmalloc, vmalloc, vmalloc_32, __vmalloc_array, vmalloc_array,
  vmalloc_node, vmalloc_to_page, vmalloc_to_pfn, __vmalloc_node, vzalloc, vzalloc_node, vmalloc_32_user, vmalloc_huge,
  vmalloc_user,
} from "./mm/vmalloc";
export { vm_map_ram, vm_unmap_ram, vmap, vunmap } from "./mm/vmap";

// net/8021q
export {
  vlan_dev_real_dev, vlan_dev_vlan_id, vlan_dev_vlan_proto, vlan_filter_drop_vids, vlan_filter_push_vids,
  vlan_ioctl_set, vlan_uses_dev, vlan_vid_add, vlan_vid_del, vlan_vids_add_by_dev, vlan_vids_del_by_dev,
} from "./net/8021q/vlan_core";

// net/core
export {
  netdev_has_any_upper_dev, netdev_has_upper_dev, netdev_lower_get_next, netdev_lower_state_changed,
  netdev_master_upper_dev_get, netdev_master_upper_dev_get_rcu, netdev_master_upper_dev_link, netdev_upper_dev_link,
  netdev_upper_dev_unlink, netdev_upper_get_next_dev_rcu, netif_stacked_transfer_operstate,
} from "./net/core/adjacent";
export { __netif_rx, netif_rx } from "./net/core/backlog";
export {
  csum_ipv6_magic, csum_partial, csum_partial_copy_nocheck, csum_tcpudp_nofold, ip_compute_csum, ip_fast_csum,
} from "./net/core/checksum";
export {
  dev_addr_add, dev_addr_del, dev_addr_mod, dev_mc_add, dev_mc_add_excl, dev_mc_add_global, dev_mc_del,
  dev_mc_del_global, dev_mc_flush, dev_mc_init, dev_mc_sync, dev_mc_sync_multiple, dev_mc_unsync, dev_uc_add,
  dev_uc_add_excl, dev_uc_del, dev_uc_flush, dev_uc_init, dev_uc_sync, dev_uc_sync_multiple, dev_uc_unsync,
} from "./net/core/dev_addr_lists";
export { alloc_netdev_mqs, free_netdev } from "./net/core/dev_alloc";
export { dev_pre_changeaddr_notify, dev_set_mac_address, __dev_set_mtu, dev_set_mtu } from "./net/core/dev_config";
export {
  netdev_change_features, netdev_features_change, netdev_increment_features, netdev_update_features,
  netif_inherit_tso_max, netif_set_tso_max_segs, netif_set_tso_max_size,
} from "./net/core/dev_features";
export { dev_change_flags, dev_get_flags, dev_set_allmulti, dev_set_promiscuity } from "./net/core/dev_flags";
export { __dev_kfree_skb_any, __dev_kfree_skb_irq } from "./net/core/dev_kfree";
export {
  __dev_get_by_index, dev_get_by_index, dev_get_by_index_rcu, __dev_get_by_name, dev_get_by_name, dev_get_by_name_rcu,
  dev_get_iflink,
} from "./net/core/dev_lookup";
export { dev_alloc_name, dev_valid_name } from "./net/core/dev_name";
export { dev_close, dev_close_many, dev_open } from "./net/core/dev_open";
export {
  netif_device_attach, netif_device_detach, netif_get_num_default_rss_queues, netif_schedule_queue,
  netif_set_real_num_queues, netif_set_real_num_rx_queues, netif_set_real_num_tx_queues, netif_start_queue,
  netif_stop_queue, netif_tx_stop_all_queues, netif_tx_wake_queue, netif_wake_queue,
} from "./net/core/dev_queues";
export {
  init_dummy_netdev, register_netdev, register_netdevice, synchronize_net, unregister_netdev, unregister_netdevice_many,
  unregister_netdevice_queue,
} from "./net/core/dev_register";
export {
  dev_fetch_sw_netstats, dev_get_stats, dev_get_tstats64, dev_lstats_read, netdev_core_stats_alloc, netdev_stats_to_stats64,
} from "./net/core/dev_stats";
export { netdev_reset_tc, netdev_set_num_tc, netdev_set_tc_queue, netdev_txq_to_tc } from "./net/core/dev_tc";
export { dev_pick_tx_cpu_id, dev_pick_tx_zero, __dev_queue_xmit, netdev_pick_tx } from "./net/core/dev_xmit";
export { dst_release, nf_conntrack_destroy } from "./net/core/dst";
export { netif_skb_features, passthru_features_check } from "./net/core/features_check";
export {
  eth_get_headlen, flow_keys_basic_dissector, __skb_flow_dissect, __skb_get_hash, __skb_get_hash_symmetric, skb_get_hash,
} from "./net/core/flow_dissector";
export {
  dev_forward_skb, __dev_forward_skb, is_skb_forwardable, skb_pull_rcsum, skb_scrub_packet, sock_wfree,
} from "./net/core/forward";
export { napi_get_frags, napi_gro_flush, napi_gro_frags, napi_gro_receive } from "./net/core/gro";
export { skb_gro_receive } from "./net/core/gro_merge";
export { __skb_gso_segment, skb_mac_gso_segment } from "./net/core/gso";
export {
  __hw_addr_init, __hw_addr_sync, __hw_addr_sync_dev, __hw_addr_unsync, __hw_addr_unsync_dev,
} from "./net/core/hw_addr";
export {
  linkwatch_fire_event, __netdev_notify_peers, netdev_notify_peers, netdev_state_change, netif_carrier_event,
  netif_carrier_off, netif_carrier_on,
} from "./net/core/link_watch";
export {
  napi_complete, napi_complete_done, napi_disable, napi_enable, __napi_schedule, napi_schedule, __napi_schedule_irqoff,
  napi_schedule_prep, netif_napi_add_weight, __netif_napi_del,
} from "./net/core/napi";
export { dev_set_threaded } from "./net/core/napi_thread";
export { init_net, __put_net } from "./net/core/net_namespace";
export { __netpoll_free, netpoll_send_skb, __netpoll_setup } from "./net/core/netpoll";
export {
  register_pernet_device, register_pernet_subsys, unregister_pernet_device, unregister_pernet_subsys,
} from "./net/core/pernet";
export {
  call_netdevice_notifiers, netdev_cmd_to_name, register_netdevice_notifier, register_netdevice_notifier_net, unregister_netdevice_notifier,
  unregister_netdevice_notifier_net,
} from "./net/core/notifier";
export {
  netdev_alert, netdev_crit, netdev_emerg, netdev_err, netdev_info, netdev_notice, netdev_printk, netdev_warn,
} from "./net/core/printk";
export { dev_add_pack, __dev_remove_pack, dev_remove_pack } from "./net/core/ptype";
export {
  __rtnl_link_register, __rtnl_link_unregister, pernet_ops_rwsem, rtnl_configure_link, rtnl_create_link,
  rtnl_link_get_net, rtnl_link_register, rtnl_link_unregister, rtnl_nla_parse_ifinfomsg,
} from "./net/core/rtnetlink";
export { rtnl_is_locked, rtnl_lock, rtnl_lock_killable, rtnl_trylock, rtnl_unlock } from "./net/core/rtnl";
export {
  netdev_is_rx_handler_busy, netdev_rx_handler_register, netdev_rx_handler_unregister, netif_receive_skb,
  netif_receive_skb_core, netif_receive_skb_list,
} from "./net/core/rx";
export {
  __alloc_skb, build_skb, build_skb_around, __napi_alloc_frag_align, __napi_alloc_skb, napi_build_skb,
  __netdev_alloc_frag_align, __netdev_alloc_skb,
} from "./net/core/skb_alloc";
export {
  __pskb_copy_fclone, skb_clone, skb_copy, skb_copy_expand, skb_copy_header, skb_headers_offset_update,
  skb_realloc_headroom,
} from "./net/core/skb_clone";
export {
  __skb_checksum_complete, __skb_checksum_complete_head, skb_checksum_help, skb_copy_and_csum_dev, skb_partial_csum_set,
} from "./net/core/skb_csum";
export { pskb_put, skb_pull, skb_pull_data, skb_push, skb_put, skb_trim } from "./net/core/skb_data";
export { skb_add_rx_frag, skb_coalesce_rx_frag } from "./net/core/skb_frags";
export {
  consume_skb, __kfree_skb, kfree_skb, kfree_skb_list_reason, kfree_skb_reason, napi_consume_skb,
} from "./net/core/skb_free";
export { pskb_expand_head, skb_expand_head } from "./net/core/skb_head";
export {
  __pskb_pull_tail, ___pskb_trim, pskb_trim_rcsum_slow, skb_ensure_writable, __skb_pad,
} from "./net/core/skb_pull";
export {
  skb_append, skb_dequeue, skb_dequeue_tail, skb_queue_head, skb_queue_purge, skb_queue_tail, skb_unlink,
} from "./net/core/skb_queue";
export {
  alloc_skb_with_frags, kfree_skb_partial, skb_page_frag_refill, skb_try_coalesce,
} from "./net/core/skb_merge";
export { skb_segment } from "./net/core/skb_segment";
export { skb_to_sgvec } from "./net/core/skb_sgvec";
export { skb_clone_tx_timestamp, skb_defer_rx_timestamp, skb_tstamp_tx } from "./net/core/skb_tstamp";
export { skb_checksum, skb_copy_and_csum_bits, skb_copy_bits, skb_store_bits } from "./net/core/skb_walk";
export { netdev_refcnt_read } from "./net/core/todo";
export { net_ratelimit } from "./net/core/utils";
export {
  bpf_dispatcher_xdp_func, bpf_master_redirect_enabled_key, bpf_prog_add, bpf_prog_put, bpf_prog_sub,
  bpf_stats_enabled_key, bpf_warn_invalid_xdp_action, xdp_alloc_skb_bulk, __xdp_build_skb_from_frame,
  xdp_convert_zc_to_xdp_frame, xdp_do_flush, xdp_do_redirect, xdp_master_redirect, xdp_return_buff, xdp_return_frame,
  xdp_return_frame_rx_napi, xdp_rxq_info_is_reg, __xdp_rxq_info_reg, xdp_rxq_info_reg_mem_model, xdp_rxq_info_unreg,
  xdp_rxq_info_unreg_mem_model, xdp_rxq_info_unused, xdp_warn,
} from "./net/core/xdp";
export { netif_set_xps_queue, __netif_set_xps_queue } from "./net/core/xps";
export { skb_csum_hwoffload_help } from "./net/core/validate";
export { __skb_vlan_pop, skb_vlan_pop, skb_vlan_push, skb_vlan_untag } from "./net/core/vlan";

// net
export { devm_alloc_etherdev_mqs, devm_register_netdev } from "./net/devres";

// net/ethernet
export {
  alloc_etherdev, alloc_etherdev_mq, alloc_etherdev_mqs, eth_commit_mac_addr_change, eth_header, eth_header_cache,
  eth_header_cache_update, eth_header_ops, eth_header_parse, eth_header_parse_protocol, eth_mac_addr,
  eth_platform_get_mac_address, eth_prepare_mac_addr_change, eth_type_trans, eth_validate_addr, ether_setup,
  platform_get_ethdev_address,
} from "./net/ethernet/eth";

// net/ethtool
export {
  ethtool_convert_legacy_u32_to_link_mode, ethtool_convert_link_mode_to_legacy_u32, __ethtool_get_link_ksettings,
  ethtool_intersect_link_masks, ethtool_op_get_link, ethtool_op_get_ts_info, ethtool_set_ethtool_phy_ops,
  ethtool_sprintf, ethtool_virtdev_set_link_ksettings, netdev_rss_key_fill,
} from "./net/ethtool/common";

// net/sched
export { dev_activate, dev_deactivate } from "./net/sched/activate";
export { noop_qdisc, qdisc_put, qdisc_reset } from "./net/sched/qdisc";
export { dev_trans_start, __netdev_watchdog_up, netif_tx_lock, netif_tx_unlock } from "./net/sched/watchdog";
export { __netif_schedule } from "./net/sched/xmit";
