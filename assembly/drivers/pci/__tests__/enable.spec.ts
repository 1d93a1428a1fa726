import {
  EBUSY,
  EINVAL,
  EIO,
  ENODEV,
  IORESOURCE_IO,
  IORESOURCE_MEM,
  PCI_BASE_ADDRESS_0,
  PCI_CACHE_LINE_SIZE,
  PCI_CAP_ID_PM,
  PCI_COMMAND,
  PCI_COMMAND_INTX_DISABLE,
  PCI_COMMAND_INVALIDATE,
  PCI_COMMAND_IO,
  PCI_COMMAND_MASTER,
  PCI_COMMAND_MEMORY,
  PCI_D0,
  PCI_D1,
  PCI_D2,
  PCI_D3cold,
  PCI_D3hot,
  PCI_LATENCY_TIMER,
  PCI_PM_CTRL,
  PCI_PM_PMC,
  PM_EVENT_ON,
  PM_EVENT_SUSPEND,
} from "../../../abi";
import { device_set_wakeup_enable } from "../../base/power/wakeup";
import { devres_release_all } from "../../base/devres";
import {
  pci_clear_mwi,
  pci_disable_device,
  pci_enable_device,
  pci_enable_device_io,
  pci_enable_device_mem,
  pci_intx,
  pci_is_enabled,
  pci_set_master,
  pci_set_mwi,
} from "../enable";
import { pci_device, to_pci } from "../internal";
import { pcim_enable_device, pcim_iomap_regions, pcim_iomap_table, pcim_pin_device, pcim_set_mwi } from "../pcim";
import { pci_choose_state, pci_enable_wake, pci_pme_capable, pci_set_power_state, pci_wake_from_d3 } from "../power";
import {
  pci_iomap,
  pci_iomap_range,
  pci_iounmap,
  pci_ioremap_bar,
  pci_release_region,
  pci_release_regions,
  pci_request_region,
  pci_request_regions,
  pci_request_selected_regions,
  pci_select_bars,
} from "../region";
import { pci_restore_state, pci_save_state } from "../state";
import {
  add,
  add_bridge,
  bar_io,
  bar_mem,
  boot,
  cap,
  dev_at,
  get16,
  get32,
  get8,
  mask32,
  pin,
  rom,
  ROOT,
  scan,
  set16,
  set32,
  set8,
} from "./fake_pci";
import { log_mark, log_text, logged } from "../../../__tests__/log";

let i: i32 = 0;
let dev: usize = 0;

const OTHER = "8139cp";
const name = memory.data<u8>([0x73, 0x70, 0x65, 0x63, 0]);

/** A device with an I/O BAR, a memory BAR, a ROM, an interrupt pin and power management. */
function start(): void {
  boot();
  i = add(ROOT, 1, 0, 0x10ec, 0x8139, 0x020000);
  bar_io(i, 0, 0x100);
  bar_mem(i, 1, 0x1000);
  rom(i, 0x10000);
  pin(i, 1);
  cap(i, 0x50, PCI_CAP_ID_PM);
  set16(i, 0x50 + PCI_PM_PMC, 0xfe02); // D1, D2, PME# from all
  mask32(i, 0x50 + PCI_PM_CTRL, 0x00000103);
  scan();
  dev = dev_at(0, 1);
  log_mark();
}

describe("enabling", () => {
  beforeEach(start);

  test("switches decoders on, counts, and ends bus mastering at the last", () => {
    expect(pci_enable_device(dev)).toBe(0);
    expect(get16(i, PCI_COMMAND)).toBe(PCI_COMMAND_IO | PCI_COMMAND_MEMORY);
    expect(logged("pci 0000:00:01.0: enabling device (0000 -> 0003)")).toBe(true, log_text());
    expect(pci_enable_device(dev)).toBe(0);
    pci_set_master(dev);
    expect(get16(i, PCI_COMMAND) & PCI_COMMAND_MASTER).toBe(PCI_COMMAND_MASTER);
    expect(get8(i, PCI_LATENCY_TIMER)).toBe(64);
    expect(to_pci(dev).is_busmaster).toBe(1);
    pci_disable_device(dev);
    expect(pci_is_enabled(dev)).toBe(true);
    expect(get16(i, PCI_COMMAND) & PCI_COMMAND_MASTER).toBe(PCI_COMMAND_MASTER);
    pci_disable_device(dev);
    expect(pci_is_enabled(dev)).toBe(false);
    expect(get16(i, PCI_COMMAND)).toBe(PCI_COMMAND_IO | PCI_COMMAND_MEMORY);
    expect(to_pci(dev).is_busmaster).toBe(0);
    log_mark();
    pci_disable_device(dev);
    expect(logged("disabling already-disabled device")).toBe(true, log_text());
  });

  test("by kind switches that kind on only", () => {
    expect(pci_enable_device_mem(dev)).toBe(0);
    expect(get16(i, PCI_COMMAND)).toBe(PCI_COMMAND_MEMORY);
    pci_disable_device(dev);
    set16(i, PCI_COMMAND, 0);
    expect(pci_enable_device_io(dev)).toBe(0);
    expect(get16(i, PCI_COMMAND)).toBe(PCI_COMMAND_IO);
  });

  test("lets the interrupt pin through that was shut", () => {
    set16(i, PCI_COMMAND, PCI_COMMAND_INTX_DISABLE);
    pci_enable_device(dev);
    expect(get16(i, PCI_COMMAND) & PCI_COMMAND_INTX_DISABLE).toBe(0);
    pci_intx(dev, 0);
    expect(get16(i, PCI_COMMAND) & PCI_COMMAND_INTX_DISABLE).toBe(PCI_COMMAND_INTX_DISABLE);
    pci_intx(dev, 1);
    expect(get16(i, PCI_COMMAND) & PCI_COMMAND_INTX_DISABLE).toBe(0);
  });

  test("sets Memory-Write-Invalidate where the device takes a cache line size", () => {
    expect(pci_set_mwi(dev)).toBe(0);
    expect(get8(i, PCI_CACHE_LINE_SIZE)).toBeGreaterThan(0);
    expect(get16(i, PCI_COMMAND) & PCI_COMMAND_INVALIDATE).toBe(PCI_COMMAND_INVALIDATE);
    pci_clear_mwi(dev);
    expect(get16(i, PCI_COMMAND) & PCI_COMMAND_INVALIDATE).toBe(0);
    set8(i, PCI_CACHE_LINE_SIZE, 0);
    mask32(i, 12, 0);
    expect(pci_set_mwi(dev)).toBe(-EINVAL);
  });

  test("enables the bridges above first", () => {
    boot();
    const bridge = add_bridge(ROOT, 1);
    const below = add(bridge, 0, 0, 0x10ec, 0x8139, 0x020000);
    bar_mem(below, 0, 0x100);
    scan();
    expect(pci_enable_device(dev_at(1, 0))).toBe(0);
    expect(get16(bridge, PCI_COMMAND) & (PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER)).toBe(
      PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER,
    );
    expect(get16(below, PCI_COMMAND)).toBe(PCI_COMMAND_MEMORY);
  });
});

describe("regions", () => {
  beforeEach(start);

  test("are reserved for one at a time", () => {
    expect(pci_select_bars(dev, IORESOURCE_IO)).toBe(1);
    expect(pci_select_bars(dev, IORESOURCE_MEM) & 0x3f).toBe(2);
    expect(pci_request_regions(dev, name)).toBe(0);
    expect(pci_request_region(dev, 0, name)).toBe(-EBUSY);
    expect(logged("pci 0000:00:01.0: BAR 0: can't reserve [io  0x1000-0x10ff]")).toBe(true, log_text());
    pci_release_regions(dev);
    expect(pci_request_region(dev, 1, name)).toBe(0);
    expect(pci_request_selected_regions(dev, 3, name)).toBe(-EBUSY);
    expect(pci_request_region(dev, 0, name)).toBe(0); // all or none
    pci_release_region(dev, 0);
    pci_release_region(dev, 1);
    expect(pci_request_regions(dev, name)).toBe(0);
    pci_release_regions(dev);
  });

  test("are mapped as far as they go", () => {
    const all = pci_iomap(dev, 1, 0);
    expect(all).not.toBe(0);
    pci_iounmap(dev, all);
    const part = pci_iomap_range(dev, 1, 0xf00, 0);
    expect(part).not.toBe(0);
    pci_iounmap(dev, part);
    expect(pci_iomap_range(dev, 1, 0x1000, 0)).toBe(0);
    expect(pci_iomap(dev, 2, 0)).toBe(0);
    expect(pci_iomap(dev, 17, 0)).toBe(0);
    const port = pci_iomap(dev, 0, 0x10);
    expect(port).not.toBe(0);
    pci_iounmap(dev, port);
    const bar = pci_ioremap_bar(dev, 1);
    expect(bar).not.toBe(0);
    pci_iounmap(dev, bar);
    expect(pci_ioremap_bar(dev, 0)).toBe(0);
    expect(logged("pci 0000:00:01.0: can't ioremap BAR 0: [io  0x1000-0x10ff]")).toBe(true, log_text());
  });
});

describe("managed devices", () => {
  beforeEach(start);

  test("give everything back", () => {
    expect(pcim_enable_device(dev)).toBe(0);
    expect(pcim_enable_device(dev)).toBe(0);
    expect(pcim_iomap_regions(dev, 3, name)).toBe(0);
    expect(load<usize>(pcim_iomap_table(dev), 4)).not.toBe(0);
    expect(pcim_set_mwi(dev)).toBe(0);
    pci_set_master(dev);
    pci_intx(dev, 0);
    expect(pci_request_region(dev, 0, name)).toBe(-EBUSY);
    devres_release_all(pci_device(dev));
    expect(pci_is_enabled(dev)).toBe(false);
    expect(get16(i, PCI_COMMAND) & (PCI_COMMAND_MASTER | PCI_COMMAND_INVALIDATE | PCI_COMMAND_INTX_DISABLE)).toBe(0);
    expect(pci_request_regions(dev, name)).toBe(0);
    pci_release_regions(dev);
  });

  test("stay on if they are pinned, and are not disabled twice", () => {
    pcim_enable_device(dev);
    pcim_pin_device(dev);
    devres_release_all(pci_device(dev));
    expect(pci_is_enabled(dev)).toBe(true);
    pci_disable_device(dev);
    log_mark();
    pcim_enable_device(dev);
    pci_disable_device(dev);
    devres_release_all(pci_device(dev));
    expect(logged("disabling already-disabled device")).toBe(false, log_text());
  });

  test("map all or none", () => {
    pcim_enable_device(dev);
    expect(pcim_iomap_regions(dev, 7, name)).toBe(-EINVAL); // there is no BAR 2
    expect(load<usize>(pcim_iomap_table(dev), 0)).toBe(0);
    expect(pci_request_regions(dev, name)).toBe(0);
    pci_release_regions(dev);
    devres_release_all(pci_device(dev));
  });
});

describe("power states", () => {
  beforeEach(start);

  test("are what the capability says", () => {
    boot();
    i = add(ROOT, 1, 0, 0x10ec, 0x8139, 0x020000);
    cap(i, 0x50, PCI_CAP_ID_PM);
    set16(i, 0x50 + PCI_PM_PMC, 0xfe02);
    log_mark();
    scan();
    expect(logged("pci 0000:00:01.0: supports D1 D2")).toBe(true, log_text());
    expect(logged("pci 0000:00:01.0: PME# supported from D0 D1 D2 D3hot D3cold")).toBe(true, log_text());
    expect(to_pci(dev_at(0, 1)).pme_support).toBe(0x1f);
  });

  test("go down step by step and up to D0 at once", () => {
    expect(pci_set_power_state(dev, PCI_D0)).toBe(0);
    expect(pci_set_power_state(dev, PCI_D1)).toBe(0);
    expect(get16(i, 0x50 + PCI_PM_CTRL) & 3).toBe(1);
    expect(to_pci(dev).current_state).toBe(PCI_D1);
    expect(pci_set_power_state(dev, PCI_D2)).toBe(0);
    expect(pci_set_power_state(dev, PCI_D1)).toBe(-EINVAL);
    expect(pci_set_power_state(dev, PCI_D0)).toBe(0);
    expect(get16(i, 0x50 + PCI_PM_CTRL) & 3).toBe(0);
    to_pci(dev).d1_support = 0;
    expect(pci_set_power_state(dev, PCI_D1)).toBe(-EIO);
    expect(pci_choose_state(dev, PM_EVENT_ON)).toBe(PCI_D0);
    expect(pci_choose_state(dev, PM_EVENT_SUSPEND)).toBe(PCI_D3hot);
  });

  test("of a device without the capability are D0", () => {
    boot();
    i = add(ROOT, 1, 0, 0x10ec, 0x8139, 0x020000);
    scan();
    dev = dev_at(0, 1);
    expect(pci_set_power_state(dev, PCI_D0)).toBe(0);
    expect(pci_set_power_state(dev, PCI_D3hot)).toBe(-EIO);
    expect(pci_choose_state(dev, PM_EVENT_SUSPEND)).toBe(PCI_D0);
    expect(to_pci(dev).current_state).toBe(PCI_D0);
  });

  test("a device that refuses is believed", () => {
    pci_set_power_state(dev, PCI_D0);
    mask32(i, 0x50 + PCI_PM_CTRL, 0);
    expect(pci_set_power_state(dev, PCI_D2)).toBe(0);
    expect(to_pci(dev).current_state).toBe(PCI_D0);
    expect(logged("Refused to change power state from D0 to D2")).toBe(true, log_text());
  });

  test("wake-up needs permission and ability", () => {
    expect(pci_pme_capable(dev, PCI_D3cold)).toBe(true);
    expect(pci_enable_wake(dev, PCI_D3hot, true)).toBe(-EINVAL);
    device_set_wakeup_enable(pci_device(dev), true);
    expect(pci_enable_wake(dev, PCI_D3hot, true)).toBe(0);
    expect(get16(i, 0x50 + PCI_PM_CTRL) & 0x100).toBe(0x100);
    expect(pci_wake_from_d3(dev, false)).toBe(0);
    expect(get16(i, 0x50 + PCI_PM_CTRL) & 0x100).toBe(0);
    to_pci(dev).pme_support = 0;
    expect(pci_enable_wake(dev, PCI_D3hot, true)).toBe(-ENODEV);
  });

  test("state is saved once and comes back", () => {
    pci_enable_device(dev);
    pci_set_master(dev);
    pci_save_state(dev);
    const bar = get32(i, PCI_BASE_ADDRESS_0);
    set32(i, PCI_BASE_ADDRESS_0, 1);
    set16(i, PCI_COMMAND, 0);
    pci_restore_state(dev);
    expect(get32(i, PCI_BASE_ADDRESS_0)).toBe(bar);
    expect(get16(i, PCI_COMMAND)).toBe(PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    set16(i, PCI_COMMAND, 0);
    pci_restore_state(dev);
    expect(get16(i, PCI_COMMAND)).toBe(0);
  });
});
