// Devices: PCI, interrupts, DMA, registers.

import type { MacroTable } from "./row.ts";

export const device: MacroTable = {
  "linux/pci.h": [
    [
      "pci_register_driver(driver)",
      "macro",
      "__pci_register_driver(driver, THIS_MODULE, KBUILD_MODNAME)",
      "__pci_register_driver",
    ],
    [
      "module_pci_driver(driver)",
      "macro",
      "module init: pci_register_driver(&driver); module exit: pci_unregister_driver(&driver)",
      "__pci_register_driver pci_unregister_driver",
    ],
    ["pci_resource_start(pdev, bar)", "macro", "pdev->resource[bar].start", ""],
    ["pci_resource_end(pdev, bar)", "macro", "pdev->resource[bar].end", ""],
    [
      "pci_resource_len(pdev, bar)",
      "macro",
      "pdev->resource[bar].end - pdev->resource[bar].start + 1, 0 if there is none",
      "",
    ],
    ["pci_resource_flags(pdev, bar)", "macro", "pdev->resource[bar].flags", ""],
    ["pci_get_drvdata(pdev)", "inline", "pdev->dev.driver_data", ""],
    ["pci_set_drvdata(pdev, data)", "inline", "pdev->dev.driver_data = data", ""],
    ["pci_name(pdev)", "inline", "dev_name(&pdev->dev): the init_name or kobject name", ""],
    [
      "pci_alloc_irq_vectors(pdev, min, max, flags)",
      "inline",
      "pci_alloc_irq_vectors_affinity(pdev, min, max, flags, NULL)",
      "pci_alloc_irq_vectors_affinity",
    ],
    [
      "pci_enable_msix_exact(pdev, entries, n)",
      "inline",
      "pci_enable_msix_range(pdev, entries, n, n)",
      "pci_enable_msix_range",
    ],
    ["pci_is_pcie(pdev)", "inline", "pdev->pcie_cap != 0", ""],
    ["pci_err(pdev, fmt, …)", "macro", "dev_err(&pdev->dev, fmt, …)", "_dev_err"],
    ["pci_info(pdev, fmt, …)", "macro", "dev_info(&pdev->dev, fmt, …)", "_dev_info"],
  ],
  "linux/interrupt.h": [
    [
      "request_irq(irq, handler, flags, name, dev)",
      "inline",
      "request_threaded_irq(irq, handler, NULL, flags, name, dev)",
      "request_threaded_irq",
    ],
    [
      "devm_request_irq(dev, irq, handler, flags, name, dev_id)",
      "inline",
      "devm_request_threaded_irq(dev, irq, handler, NULL, flags, name, dev_id)",
      "devm_request_threaded_irq",
    ],
    ["tasklet_schedule(t)", "inline", "unless scheduled already __tasklet_schedule(t)", "__tasklet_schedule"],
    ["tasklet_hi_schedule(t)", "inline", "unless scheduled already __tasklet_hi_schedule(t)", "__tasklet_hi_schedule"],
    ["tasklet_disable(t)", "inline", "t->count + 1, tasklet_unlock_wait(t)", "tasklet_unlock_wait"],
    ["tasklet_enable(t)", "inline", "t->count - 1", ""],
  ],
  "linux/dma-mapping.h": [
    [
      "dma_map_single(dev, ptr, size, direction)",
      "macro",
      "dma_map_page_attrs(dev, virt_to_page(ptr), offset_in_page(ptr), size, direction, 0)",
      "debug_dma_map_single dma_map_page_attrs mem_map",
    ],
    [
      "dma_unmap_single(dev, handle, size, direction)",
      "macro",
      "dma_unmap_page_attrs(dev, handle, size, direction, 0)",
      "dma_unmap_page_attrs",
    ],
    [
      "dma_map_page(dev, page, offset, size, direction)",
      "macro",
      "dma_map_page_attrs(dev, page, offset, size, direction, 0)",
      "dma_map_page_attrs",
    ],
    [
      "dma_unmap_page(dev, handle, size, direction)",
      "macro",
      "dma_unmap_page_attrs(dev, handle, size, direction, 0)",
      "dma_unmap_page_attrs",
    ],
    [
      "dma_map_sg(dev, sg, nents, direction)",
      "macro",
      "dma_map_sg_attrs(dev, sg, nents, direction, 0)",
      "dma_map_sg_attrs",
    ],
    [
      "dma_unmap_sg(dev, sg, nents, direction)",
      "macro",
      "dma_unmap_sg_attrs(dev, sg, nents, direction, 0)",
      "dma_unmap_sg_attrs",
    ],
    [
      "dma_mapping_error(dev, handle)",
      "inline",
      "handle == DMA_MAPPING_ERROR ? -ENOMEM : 0",
      "debug_dma_mapping_error",
    ],
    [
      "dma_alloc_coherent(dev, size, handle, gfp)",
      "inline",
      "dma_alloc_attrs(dev, size, handle, gfp, 0)",
      "dma_alloc_attrs",
    ],
    [
      "dma_free_coherent(dev, size, addr, handle)",
      "inline",
      "dma_free_attrs(dev, size, addr, handle, 0)",
      "dma_free_attrs",
    ],
    [
      "dmam_alloc_coherent(dev, size, handle, gfp)",
      "inline",
      "dmam_alloc_attrs(dev, size, handle, gfp, 0)",
      "dmam_alloc_attrs",
    ],
    [
      "dma_set_mask_and_coherent(dev, mask)",
      "inline",
      "dma_set_mask(dev, mask), then dma_set_coherent_mask(dev, mask)",
      "dma_set_mask dma_set_coherent_mask",
    ],
  ],
  "linux/dmapool.h": [
    [
      "dma_pool_zalloc(pool, flags, handle)",
      "inline",
      "dma_pool_alloc(pool, flags | __GFP_ZERO, handle)",
      "dma_pool_alloc",
    ],
  ],
  "asm-generic/io.h": [
    ["readb(addr)", "inline", "__raw_readb(addr)", "__raw_readb"],
    ["readw(addr)", "inline", "__raw_readw(addr), from little endian", "__raw_readw"],
    ["readl(addr)", "inline", "__raw_readl(addr), from little endian", "__raw_readl"],
    ["writeb(value, addr)", "inline", "__raw_writeb(value, addr)", "__raw_writeb"],
    ["writew(value, addr)", "inline", "__raw_writew(value, addr), to little endian", "__raw_writew"],
    ["writel(value, addr)", "inline", "__raw_writel(value, addr), to little endian", "__raw_writel"],
    ["readl_relaxed(addr)", "inline", "__raw_readl(addr), from little endian", "__raw_readl"],
    ["writel_relaxed(value, addr)", "inline", "__raw_writel(value, addr), to little endian", "__raw_writel"],
    ["virt_to_phys(addr)", "inline", "addr + where the board has its RAM", "__wasm_phys_base"],
  ],
  "linux/moduleparam.h": [
    [
      "module_param(name, type, perm)",
      "macro",
      "an entry of __param with &param_ops_<type>: param_ops_int, …",
      "param_ops_int",
    ],
  ],
};
