// One function for each row of host/symbols/macros.ts that uses just that macro: what the compiler then refers to is what
// serves the macro. Compiled by macros.test.ts against the kernel's headers.

// Debug messages are compiled out without it.
#define DEBUG

#include <linux/bitrev.h>
#include <linux/completion.h>
#include <linux/crc32.h>
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/dmapool.h>
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/gfp.h>
#include <linux/if_vlan.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/pci.h>
#include <linux/rcupdate.h>
#include <linux/rtnetlink.h>
#include <linux/rwsem.h>
#include <linux/sched/signal.h>
#include <linux/seqlock.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#define USE(name, ...) void use_##name(__VA_ARGS__); void use_##name(__VA_ARGS__)
#define VALUE(type, name, ...) type use_##name(__VA_ARGS__); type use_##name(__VA_ARGS__)

// linux/slab.h
USE(kmalloc, void **p, size_t n)
{
	p[0] = kmalloc(n, GFP_KERNEL);
	p[1] = kmalloc(64, GFP_KERNEL);
}
USE(kzalloc, void **p, size_t n)
{
	p[0] = kzalloc(n, GFP_KERNEL);
	p[1] = kzalloc(64, GFP_KERNEL);
}
USE(kmalloc_array, void **p, size_t n)
{
	p[0] = kmalloc_array(n, 4, GFP_KERNEL);
	p[1] = kmalloc_array(16, 4, GFP_KERNEL);
}
USE(kcalloc, void **p, size_t n)
{
	p[0] = kcalloc(n, 4, GFP_KERNEL);
	p[1] = kcalloc(16, 4, GFP_KERNEL);
}
VALUE(void *, kmem_cache_zalloc, struct kmem_cache *c) { return kmem_cache_zalloc(c, GFP_KERNEL); }
VALUE(void *, kvmalloc, size_t n) { return kvmalloc(n, GFP_KERNEL); }
VALUE(void *, kvzalloc, size_t n) { return kvzalloc(n, GFP_KERNEL); }
struct item { int a; };
VALUE(struct kmem_cache *, KMEM_CACHE, void) { return KMEM_CACHE(item, 0); }

// linux/gfp.h
VALUE(struct page *, alloc_pages, int order) { return alloc_pages(GFP_KERNEL, order); }
VALUE(struct page *, alloc_page, void) { return alloc_page(GFP_KERNEL); }
VALUE(unsigned long, __get_free_page, void) { return __get_free_page(GFP_KERNEL); }
USE(__free_page, struct page *page) { __free_page(page); }
USE(free_page, unsigned long address) { free_page(address); }

// linux/mm.h
USE(get_page, struct page *page) { get_page(page); }
USE(put_page, struct page *page) { put_page(page); }

// linux/printk.h
USE(printk, int n) { printk(KERN_INFO "%d\n", n); }
USE(pr_emerg, int n) { pr_emerg("%d\n", n); }
USE(pr_alert, int n) { pr_alert("%d\n", n); }
USE(pr_crit, int n) { pr_crit("%d\n", n); }
USE(pr_err, int n) { pr_err("%d\n", n); }
USE(pr_warn, int n) { pr_warn("%d\n", n); }
USE(pr_notice, int n) { pr_notice("%d\n", n); }
USE(pr_info, int n) { pr_info("%d\n", n); }
USE(pr_cont, int n) { pr_cont("%d\n", n); }
USE(pr_debug, int n) { pr_debug("%d\n", n); }
USE(pr_info_once, int n) { pr_info_once("%d\n", n); }
USE(pr_warn_once, int n) { pr_warn_once("%d\n", n); }
USE(printk_ratelimited, int n) { printk_ratelimited(KERN_INFO "%d\n", n); }
VALUE(int, printk_ratelimit, void) { return printk_ratelimit(); }
USE(print_hex_dump_bytes, void *p, size_t n) { print_hex_dump_bytes("x: ", DUMP_PREFIX_OFFSET, p, n); }

// linux/dev_printk.h
USE(dev_emerg, struct device *dev) { dev_emerg(dev, "x\n"); }
USE(dev_alert, struct device *dev) { dev_alert(dev, "x\n"); }
USE(dev_crit, struct device *dev) { dev_crit(dev, "x\n"); }
USE(dev_err, struct device *dev) { dev_err(dev, "x\n"); }
USE(dev_warn, struct device *dev) { dev_warn(dev, "x\n"); }
USE(dev_notice, struct device *dev) { dev_notice(dev, "x\n"); }
USE(dev_info, struct device *dev) { dev_info(dev, "x\n"); }
USE(dev_dbg, struct device *dev) { dev_dbg(dev, "x\n"); }
USE(dev_err_once, struct device *dev) { dev_err_once(dev, "x\n"); }
USE(dev_WARN, struct device *dev) { dev_WARN(dev, "x\n"); }

// linux/bug.h
USE(BUG, void) { BUG(); }
USE(BUG_ON, int n) { BUG_ON(n); }
VALUE(int, WARN, int n) { return WARN(n, "%d\n", n); }
VALUE(int, WARN_ON, int n) { return WARN_ON(n); }
VALUE(int, WARN_ON_ONCE, int n) { return WARN_ON_ONCE(n); }
VALUE(int, WARN_ONCE, int n) { return WARN_ONCE(n, "%d\n", n); }

// linux/spinlock.h
USE(spin_lock_init, spinlock_t *lock) { spin_lock_init(lock); }
USE(spin_lock, spinlock_t *lock) { spin_lock(lock); }
USE(spin_lock_bh, spinlock_t *lock) { spin_lock_bh(lock); }
USE(spin_lock_irq, spinlock_t *lock) { spin_lock_irq(lock); }
VALUE(unsigned long, spin_lock_irqsave, spinlock_t *lock)
{
	unsigned long flags;

	spin_lock_irqsave(lock, flags);
	return flags;
}
VALUE(int, spin_trylock, spinlock_t *lock) { return spin_trylock(lock); }
VALUE(int, spin_trylock_irqsave, spinlock_t *lock, unsigned long *out)
{
	unsigned long flags;
	int taken = spin_trylock_irqsave(lock, flags);

	*out = flags;
	return taken;
}
USE(spin_unlock, spinlock_t *lock) { spin_unlock(lock); }
USE(spin_unlock_bh, spinlock_t *lock) { spin_unlock_bh(lock); }
USE(spin_unlock_irq, spinlock_t *lock) { spin_unlock_irq(lock); }
USE(spin_unlock_irqrestore, spinlock_t *lock, unsigned long flags) { spin_unlock_irqrestore(lock, flags); }
VALUE(int, spin_is_locked, spinlock_t *lock) { return spin_is_locked(lock); }

// linux/rwlock.h
USE(read_lock, rwlock_t *lock) { read_lock(lock); }
USE(read_lock_bh, rwlock_t *lock) { read_lock_bh(lock); }
USE(read_unlock, rwlock_t *lock) { read_unlock(lock); }
USE(read_unlock_bh, rwlock_t *lock) { read_unlock_bh(lock); }
USE(write_lock, rwlock_t *lock) { write_lock(lock); }
USE(write_lock_bh, rwlock_t *lock) { write_lock_bh(lock); }
VALUE(unsigned long, write_lock_irqsave, rwlock_t *lock)
{
	unsigned long flags;

	write_lock_irqsave(lock, flags);
	return flags;
}
USE(write_unlock, rwlock_t *lock) { write_unlock(lock); }
USE(write_unlock_bh, rwlock_t *lock) { write_unlock_bh(lock); }
USE(write_unlock_irqrestore, rwlock_t *lock, unsigned long flags) { write_unlock_irqrestore(lock, flags); }

// linux/bottom_half.h, linux/irqflags.h
USE(local_bh_disable, void) { local_bh_disable(); }
USE(local_bh_enable, void) { local_bh_enable(); }
VALUE(unsigned long, local_irq_save, void)
{
	unsigned long flags;

	local_irq_save(flags);
	return flags;
}
USE(local_irq_restore, unsigned long flags) { local_irq_restore(flags); }
USE(local_irq_disable, void) { local_irq_disable(); }
USE(local_irq_enable, void) { local_irq_enable(); }

// linux/mutex.h, linux/rwsem.h
USE(mutex_init, struct mutex *lock) { mutex_init(lock); }
USE(init_rwsem, struct rw_semaphore *sem) { init_rwsem(sem); }

// linux/wait.h
USE(init_waitqueue_head, wait_queue_head_t *wq) { init_waitqueue_head(wq); }
USE(wake_up, wait_queue_head_t *wq) { wake_up(wq); }
USE(wake_up_all, wait_queue_head_t *wq) { wake_up_all(wq); }
USE(wake_up_interruptible, wait_queue_head_t *wq) { wake_up_interruptible(wq); }
USE(wake_up_interruptible_all, wait_queue_head_t *wq) { wake_up_interruptible_all(wq); }
USE(wait_event, wait_queue_head_t *wq, int *done) { wait_event(*wq, READ_ONCE(*done)); }
VALUE(long, wait_event_timeout, wait_queue_head_t *wq, int *done) { return wait_event_timeout(*wq, READ_ONCE(*done), HZ); }
VALUE(int, wait_event_interruptible, wait_queue_head_t *wq, int *done)
{
	return wait_event_interruptible(*wq, READ_ONCE(*done));
}
VALUE(long, wait_event_interruptible_timeout, wait_queue_head_t *wq, int *done)
{
	return wait_event_interruptible_timeout(*wq, READ_ONCE(*done), HZ);
}

// linux/completion.h
USE(init_completion, struct completion *x) { init_completion(x); }
USE(reinit_completion, struct completion *x) { reinit_completion(x); }

// linux/pci.h
VALUE(int, pci_register_driver, struct pci_driver *driver) { return pci_register_driver(driver); }
VALUE(resource_size_t, pci_resource_start, struct pci_dev *pdev) { return pci_resource_start(pdev, 1); }
VALUE(resource_size_t, pci_resource_end, struct pci_dev *pdev) { return pci_resource_end(pdev, 1); }
VALUE(resource_size_t, pci_resource_len, struct pci_dev *pdev) { return pci_resource_len(pdev, 1); }
VALUE(unsigned long, pci_resource_flags, struct pci_dev *pdev) { return pci_resource_flags(pdev, 1); }
VALUE(void *, pci_get_drvdata, struct pci_dev *pdev) { return pci_get_drvdata(pdev); }
USE(pci_set_drvdata, struct pci_dev *pdev, void *data) { pci_set_drvdata(pdev, data); }
VALUE(const char *, pci_name, struct pci_dev *pdev) { return pci_name(pdev); }
VALUE(int, pci_alloc_irq_vectors, struct pci_dev *pdev) { return pci_alloc_irq_vectors(pdev, 1, 4, PCI_IRQ_ALL_TYPES); }
VALUE(int, pci_enable_msix_exact, struct pci_dev *pdev, struct msix_entry *e) { return pci_enable_msix_exact(pdev, e, 1); }
VALUE(bool, pci_is_pcie, struct pci_dev *pdev) { return pci_is_pcie(pdev); }
USE(pci_err, struct pci_dev *pdev) { pci_err(pdev, "x\n"); }
USE(pci_info, struct pci_dev *pdev) { pci_info(pdev, "x\n"); }
static struct pci_driver one_driver;
module_pci_driver(one_driver);
VALUE(void *, module_pci_driver, int i) { return i ? (void *)one_driver_init : (void *)one_driver_exit; }

// linux/interrupt.h
VALUE(int, request_irq, int irq, irq_handler_t handler, void *cookie) { return request_irq(irq, handler, 0, "x", cookie); }
VALUE(int, devm_request_irq, struct device *dev, int irq, irq_handler_t handler)
{
	return devm_request_irq(dev, irq, handler, 0, "x", dev);
}
USE(tasklet_schedule, struct tasklet_struct *t) { tasklet_schedule(t); }
USE(tasklet_hi_schedule, struct tasklet_struct *t) { tasklet_hi_schedule(t); }
USE(tasklet_disable, struct tasklet_struct *t) { tasklet_disable(t); }
USE(tasklet_enable, struct tasklet_struct *t) { tasklet_enable(t); }

// linux/kthread.h
VALUE(void *, kthread_create, int (*fn)(void *)) { return kthread_create(fn, NULL, "x"); }
VALUE(void *, kthread_run, int (*fn)(void *)) { return kthread_run(fn, NULL, "x"); }
USE(kthread_init_work, struct kthread_work *work, kthread_work_func_t fn) { kthread_init_work(work, fn); }
USE(kthread_init_delayed_work, struct kthread_delayed_work *work, kthread_work_func_t fn)
{
	kthread_init_delayed_work(work, fn);
}

// linux/sched/task.h, linux/sched/signal.h
VALUE(void *, get_task_struct, struct task_struct *task) { return get_task_struct(task); }
USE(put_task_struct, struct task_struct *task) { put_task_struct(task); }
USE(allow_signal, int sig) { allow_signal(sig); }

// linux/workqueue.h
USE(INIT_WORK, struct work_struct *work, work_func_t f) { INIT_WORK(work, f); }
USE(INIT_DELAYED_WORK, struct delayed_work *work, work_func_t f) { INIT_DELAYED_WORK(work, f); }
VALUE(bool, schedule_work, struct work_struct *work) { return schedule_work(work); }
VALUE(bool, queue_work, struct workqueue_struct *wq, struct work_struct *work) { return queue_work(wq, work); }
VALUE(bool, schedule_delayed_work, struct delayed_work *work) { return schedule_delayed_work(work, HZ); }
VALUE(bool, queue_delayed_work, struct workqueue_struct *wq, struct delayed_work *work)
{
	return queue_delayed_work(wq, work, HZ);
}
VALUE(bool, mod_delayed_work, struct workqueue_struct *wq, struct delayed_work *work) { return mod_delayed_work(wq, work, HZ); }
USE(flush_workqueue, struct workqueue_struct *wq) { flush_workqueue(wq); }
VALUE(void *, create_singlethread_workqueue, void) { return create_singlethread_workqueue("x"); }
VALUE(void *, alloc_ordered_workqueue, void) { return alloc_ordered_workqueue("x", 0); }

// linux/timer.h
USE(timer_setup, struct timer_list *timer, void (*f)(struct timer_list *)) { timer_setup(timer, f, 0); }
VALUE(int, del_timer, struct timer_list *timer) { return del_timer(timer); }
VALUE(int, del_timer_sync, struct timer_list *timer) { return del_timer_sync(timer); }
VALUE(int, timer_pending, struct timer_list *timer) { return timer_pending(timer); }

// linux/jiffies.h
VALUE(bool, time_after, unsigned long then) { return time_after(jiffies, then); }
VALUE(unsigned long, msecs_to_jiffies, unsigned int n) { return msecs_to_jiffies(n); }
VALUE(unsigned long, usecs_to_jiffies, unsigned int n) { return usecs_to_jiffies(n); }

// linux/delay.h
USE(udelay, unsigned long n) { udelay(n); }
USE(ndelay, unsigned long n) { ndelay(n); }
USE(mdelay, unsigned long n) { mdelay(n); }
USE(ssleep, unsigned int n) { ssleep(n); }
USE(usleep_range, unsigned long n) { usleep_range(n, 2 * n); }
USE(fsleep, unsigned long n) { fsleep(n); }

// linux/dma-mapping.h
VALUE(dma_addr_t, dma_map_single, struct device *dev, void *p, size_t n) { return dma_map_single(dev, p, n, DMA_TO_DEVICE); }
USE(dma_unmap_single, struct device *dev, dma_addr_t a, size_t n) { dma_unmap_single(dev, a, n, DMA_TO_DEVICE); }
VALUE(dma_addr_t, dma_map_page, struct device *dev, struct page *page) { return dma_map_page(dev, page, 0, 64, DMA_TO_DEVICE); }
USE(dma_unmap_page, struct device *dev, dma_addr_t a, size_t n) { dma_unmap_page(dev, a, n, DMA_TO_DEVICE); }
VALUE(int, dma_map_sg, struct device *dev, struct scatterlist *sg) { return dma_map_sg(dev, sg, 2, DMA_TO_DEVICE); }
USE(dma_unmap_sg, struct device *dev, struct scatterlist *sg) { dma_unmap_sg(dev, sg, 2, DMA_TO_DEVICE); }
VALUE(int, dma_mapping_error, struct device *dev, dma_addr_t a) { return dma_mapping_error(dev, a); }
VALUE(void *, dma_alloc_coherent, struct device *dev, size_t n, dma_addr_t *a)
{
	return dma_alloc_coherent(dev, n, a, GFP_KERNEL);
}
USE(dma_free_coherent, struct device *dev, size_t n, void *p, dma_addr_t a) { dma_free_coherent(dev, n, p, a); }
VALUE(void *, dmam_alloc_coherent, struct device *dev, size_t n, dma_addr_t *a)
{
	return dmam_alloc_coherent(dev, n, a, GFP_KERNEL);
}
VALUE(int, dma_set_mask_and_coherent, struct device *dev) { return dma_set_mask_and_coherent(dev, DMA_BIT_MASK(32)); }
VALUE(void *, dma_pool_zalloc, struct dma_pool *pool, dma_addr_t *a) { return dma_pool_zalloc(pool, GFP_KERNEL, a); }

// asm-generic/io.h
VALUE(u8, readb, void __iomem *p) { return readb(p); }
VALUE(u16, readw, void __iomem *p) { return readw(p); }
VALUE(u32, readl, void __iomem *p) { return readl(p); }
USE(writeb, u8 v, void __iomem *p) { writeb(v, p); }
USE(writew, u16 v, void __iomem *p) { writew(v, p); }
USE(writel, u32 v, void __iomem *p) { writel(v, p); }
VALUE(u32, readl_relaxed, void __iomem *p) { return readl_relaxed(p); }
USE(writel_relaxed, u32 v, void __iomem *p) { writel_relaxed(v, p); }
VALUE(phys_addr_t, virt_to_phys, void *p) { return virt_to_phys(p); }

// linux/etherdevice.h
VALUE(void *, alloc_etherdev, int n) { return alloc_etherdev(n); }
VALUE(void *, alloc_etherdev_mq, int n) { return alloc_etherdev_mq(n, 4); }
VALUE(bool, is_valid_ether_addr, const u8 *address) { return is_valid_ether_addr(address); }
USE(eth_random_addr, u8 *address) { eth_random_addr(address); }
USE(eth_hw_addr_random, struct net_device *dev) { eth_hw_addr_random(dev); }
USE(eth_hw_addr_set, struct net_device *dev, const u8 *address) { eth_hw_addr_set(dev, address); }
VALUE(int, eth_skb_pad, struct sk_buff *skb) { return eth_skb_pad(skb); }

// linux/netdevice.h
VALUE(void *, alloc_netdev, void (*setup)(struct net_device *)) { return alloc_netdev(64, "x%d", NET_NAME_ENUM, setup); }
VALUE(void *, netdev_priv, struct net_device *dev) { return netdev_priv(dev); }
USE(SET_NETDEV_DEV, struct net_device *dev, struct device *parent) { SET_NETDEV_DEV(dev, parent); }
USE(netif_start_queue, struct net_device *dev) { netif_start_queue(dev); }
USE(netif_stop_queue, struct net_device *dev) { netif_stop_queue(dev); }
USE(netif_wake_queue, struct net_device *dev) { netif_wake_queue(dev); }
VALUE(bool, netif_queue_stopped, struct net_device *dev) { return netif_queue_stopped(dev); }
USE(netif_tx_start_all_queues, struct net_device *dev) { netif_tx_start_all_queues(dev); }
USE(netif_tx_disable, struct net_device *dev) { netif_tx_disable(dev); }
VALUE(bool, netif_running, struct net_device *dev) { return netif_running(dev); }
VALUE(bool, netif_carrier_ok, struct net_device *dev) { return netif_carrier_ok(dev); }
VALUE(bool, netif_device_present, struct net_device *dev) { return netif_device_present(dev); }
USE(netif_trans_update, struct net_device *dev) { netif_trans_update(dev); }
USE(netif_tx_lock_bh, struct net_device *dev) { netif_tx_lock_bh(dev); }
USE(netif_tx_unlock_bh, struct net_device *dev) { netif_tx_unlock_bh(dev); }
USE(netif_addr_lock_bh, struct net_device *dev) { netif_addr_lock_bh(dev); }
USE(netif_napi_add, struct net_device *dev, struct napi_struct *napi, int (*poll)(struct napi_struct *, int))
{
	netif_napi_add(dev, napi, poll);
}
USE(netif_napi_del, struct napi_struct *napi) { netif_napi_del(napi); }
USE(napi_schedule, struct napi_struct *napi) { napi_schedule(napi); }
USE(napi_schedule_irqoff, struct napi_struct *napi) { napi_schedule_irqoff(napi); }
VALUE(bool, napi_complete, struct napi_struct *napi) { return napi_complete(napi); }
USE(napi_synchronize, struct napi_struct *napi) { napi_synchronize(napi); }
USE(netdev_sent_queue, struct net_device *dev, unsigned int n) { netdev_sent_queue(dev, n); }
USE(netdev_completed_queue, struct net_device *dev, unsigned int n) { netdev_completed_queue(dev, 1, n); }
USE(netdev_reset_queue, struct net_device *dev) { netdev_reset_queue(dev); }
USE(dev_kfree_skb_irq, struct sk_buff *skb) { dev_kfree_skb_irq(skb); }
USE(dev_kfree_skb_any, struct sk_buff *skb) { dev_kfree_skb_any(skb); }
USE(dev_consume_skb_irq, struct sk_buff *skb) { dev_consume_skb_irq(skb); }
USE(dev_consume_skb_any, struct sk_buff *skb) { dev_consume_skb_any(skb); }
USE(dev_hold, struct net_device *dev) { dev_hold(dev); }
USE(dev_put, struct net_device *dev) { dev_put(dev); }
USE(netdev_dbg, struct net_device *dev) { netdev_dbg(dev, "x\n"); }
struct private { u32 msg_enable; };
USE(netif_err, struct private *p, struct net_device *dev) { netif_err(p, drv, dev, "x\n"); }
USE(netif_warn, struct private *p, struct net_device *dev) { netif_warn(p, drv, dev, "x\n"); }
USE(netif_info, struct private *p, struct net_device *dev) { netif_info(p, drv, dev, "x\n"); }
USE(netif_dbg, struct private *p, struct net_device *dev) { netif_dbg(p, drv, dev, "x\n"); }

// linux/skbuff.h
VALUE(struct sk_buff *, alloc_skb, unsigned int n) { return alloc_skb(n, GFP_KERNEL); }
VALUE(struct sk_buff *, dev_alloc_skb, unsigned int n) { return dev_alloc_skb(n); }
VALUE(struct sk_buff *, netdev_alloc_skb, struct net_device *dev, unsigned int n) { return netdev_alloc_skb(dev, n); }
VALUE(struct sk_buff *, netdev_alloc_skb_ip_align, struct net_device *dev, unsigned int n)
{
	return netdev_alloc_skb_ip_align(dev, n);
}
VALUE(struct sk_buff *, napi_alloc_skb, struct napi_struct *napi, unsigned int n) { return napi_alloc_skb(napi, n); }
USE(kfree_skb, struct sk_buff *skb) { kfree_skb(skb); }
USE(consume_skb, struct sk_buff *skb) { consume_skb(skb); }
USE(dev_kfree_skb, struct sk_buff *skb) { dev_kfree_skb(skb); }
USE(skb_reserve, struct sk_buff *skb) { skb_reserve(skb, 2); }
USE(skb_put_data, struct sk_buff *skb, void *p, unsigned int n) { skb_put_data(skb, p, n); }
VALUE(int, skb_padto, struct sk_buff *skb) { return skb_padto(skb, 60); }
VALUE(int, skb_put_padto, struct sk_buff *skb) { return skb_put_padto(skb, 60); }
VALUE(int, skb_linearize, struct sk_buff *skb) { return skb_linearize(skb); }
VALUE(int, skb_cow_head, struct sk_buff *skb) { return skb_cow_head(skb, 16); }
USE(skb_tx_timestamp, struct sk_buff *skb) { skb_tx_timestamp(skb); }
VALUE(dma_addr_t, skb_frag_dma_map, struct device *dev, skb_frag_t *f) { return skb_frag_dma_map(dev, f, 0, 64, DMA_TO_DEVICE); }

// linux/if_vlan.h
USE(__vlan_hwaccel_put_tag, struct sk_buff *skb, u16 tag) { __vlan_hwaccel_put_tag(skb, htons(ETH_P_8021Q), tag); }

// linux/rtnetlink.h
USE(ASSERT_RTNL, void) { ASSERT_RTNL(); }

// linux/crc32.h, linux/bitrev.h
VALUE(u32, ether_crc, u8 *p, int n) { return ether_crc(n, p); }
VALUE(u32, ether_crc_le, u8 *p, int n) { return ether_crc_le(n, p); }
VALUE(u8, bitrev8, u8 v) { return bitrev8(v); }

// linux/rcupdate.h
USE(rcu_read_lock, void) { rcu_read_lock(); }
USE(rcu_read_unlock, void) { rcu_read_unlock(); }
struct counted { struct rcu_head rcu; };
USE(kfree_rcu, struct counted *p) { kfree_rcu(p, rcu); }

// linux/sched.h
VALUE(void *, current, void) { return current; }
USE(cond_resched, void) { cond_resched(); }
VALUE(int, signal_pending, struct task_struct *task) { return signal_pending(task); }

// linux/uaccess.h
VALUE(unsigned long, copy_from_user, void *to, void __user *from, size_t n) { return copy_from_user(to, from, n); }
VALUE(unsigned long, copy_to_user, void __user *to, void *from, size_t n) { return copy_to_user(to, from, n); }

// linux/moduleparam.h
static int number;
module_param(number, int, 0);
VALUE(const struct kernel_param *, module_param, void) { return &__param_number; }

// linux/bitops.h
USE(set_bit, unsigned long *word, int n) { set_bit(n, word); }
USE(clear_bit, unsigned long *word, int n) { clear_bit(n, word); }
VALUE(bool, test_and_set_bit, unsigned long *word, int n) { return test_and_set_bit(n, word); }
