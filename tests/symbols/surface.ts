// The names that the project set out to serve: the surface of an earlier attempt at running Linux drivers elsewhere.

export const SURFACE = `
  kmalloc __kmalloc kfree vmalloc __vmalloc vfree kzalloc dma_alloc_coherent dma_free_coherent
  printk _printk dev_err dev_warn dev_info dev_dbg
  spin_lock_init _raw_spin_lock _raw_spin_unlock spin_lock spin_unlock spin_lock_irqsave spin_unlock_irqrestore
  mutex_init __mutex_init mutex_lock mutex_unlock
  init_waitqueue_head __init_waitqueue_head wake_up __wake_up wake_up_interruptible
  pci_register_driver __pci_register_driver pci_unregister_driver pci_enable_device pci_disable_device pci_set_master
  pci_resource_start pci_resource_len pci_iomap pci_iounmap
  request_irq request_threaded_irq free_irq enable_irq disable_irq
  schedule_work queue_work mod_timer del_timer del_timer_sync
  dma_map_single dma_unmap_single dma_set_mask dma_set_coherent_mask
  alloc_etherdev alloc_etherdev_mq register_netdev unregister_netdev netif_start_queue netif_stop_queue netif_wake_queue
  netif_rx
  napi_schedule __napi_schedule napi_complete napi_complete_done
`
  .trim()
  .split(/\s+/);
