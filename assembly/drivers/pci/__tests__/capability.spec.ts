import {
  PCI_CAP_ID_EXP,
  PCI_CAP_ID_MSI,
  PCI_CAP_ID_PM,
  PCI_CAP_ID_VNDR,
  PCI_CAPABILITY_LIST,
  pci_channel_io_perm_failure,
  PCI_EXP_DEVCAP,
  PCI_EXP_DEVCTL,
  PCI_EXP_FLAGS,
  PCI_EXP_LNKSTA,
  PCI_EXP_RTCTL,
  PCI_EXP_SLTSTA,
  PCI_EXT_CAP_ID_DSN,
  PCI_EXT_CAP_ID_VNDR,
  PCI_STATUS,
  PCIBIOS_BAD_REGISTER_NUMBER,
  PCIBIOS_DEVICE_NOT_FOUND,
} from "../../../abi";
import {
  pci_bus_read_config_word,
  pci_read_config_byte,
  pci_read_config_dword,
  pci_read_config_word,
  pci_user_read_config_word,
  pci_write_config_dword,
  pci_write_config_word,
} from "../access";
import {
  pci_bus_find_capability,
  pci_find_capability,
  pci_find_ext_capability,
  pci_find_next_capability,
  pci_find_next_ext_capability,
  pci_find_vsec_capability,
  pci_get_dsn,
} from "../capability";
import { pci_device_is_present, pci_status_get_and_clear_errors } from "../enable";
import { to_pci } from "../internal";
import {
  pcie_capability_read_dword,
  pcie_capability_read_word,
  pcie_capability_write_word,
  pcie_get_mps,
  pcie_get_readrq,
  pcie_set_mps,
  pcie_set_readrq,
} from "../pcie";
import { add, boot, cap, dev_at, get16, mask32, ROOT, scan, set16, set32, set8, unplug } from "./fake_pci";

const word = memory.data(8, 8);
let i: i32 = 0;

/** A PCI Express endpoint with extended configuration space. */
function express(slot: u32): i32 {
  const e = add(ROOT, slot, 0, 0x8086, 0x10d3, 0x020000);
  cap(e, 0xe0, PCI_CAP_ID_EXP);
  set16(e, 0xe0 + PCI_EXP_FLAGS, 0x0002);
  set32(e, 0xe0 + PCI_EXP_DEVCAP, 0x00000002); // payloads up to 512
  set16(e, 0xe0 + PCI_EXP_DEVCTL, 0x2810);
  mask32(e, 0xe0 + PCI_EXP_DEVCTL, 0x0000ffff);
  return e;
}

describe("configuration space", () => {
  beforeEach(() => {
    boot();
    i = add(ROOT, 1, 0, 0x8086, 0x100e, 0x020000);
    scan();
  });

  test("is read and written at aligned places only", () => {
    const dev = dev_at(0, 1);
    expect(pci_read_config_dword(dev, 0, word)).toBe(0);
    expect(load<u32>(word)).toBe(0x100e8086);
    expect(pci_read_config_word(dev, 2, word)).toBe(0);
    expect(load<u16>(word)).toBe(0x100e);
    expect(pci_read_config_byte(dev, 1, word)).toBe(0);
    expect(load<u8>(word)).toBe(0x80);
    expect(pci_read_config_dword(dev, 2, word)).toBe(PCIBIOS_BAD_REGISTER_NUMBER);
    expect(pci_read_config_word(dev, 1, word)).toBe(PCIBIOS_BAD_REGISTER_NUMBER);
    expect(pci_write_config_dword(dev, 6, 0)).toBe(PCIBIOS_BAD_REGISTER_NUMBER);
    expect(pci_write_config_word(dev, 5, 0)).toBe(PCIBIOS_BAD_REGISTER_NUMBER);
    expect(pci_user_read_config_word(dev, 1, word)).toBe(-22);
  });

  test("of a device that was pulled out is all ones", () => {
    const dev = dev_at(0, 1);
    unplug(i);
    expect(pci_read_config_word(dev, 0, word)).toBe(0);
    expect(load<u16>(word)).toBe(0xffff);
    expect(pci_device_is_present(dev)).toBe(false);
    to_pci(dev).error_state = pci_channel_io_perm_failure;
    expect(pci_read_config_word(dev, 0, word)).toBe(PCIBIOS_DEVICE_NOT_FOUND);
    expect(load<u16>(word)).toBe(0xffff);
    expect(pci_write_config_word(dev, 4, 0)).toBe(PCIBIOS_DEVICE_NOT_FOUND);
    expect(pci_bus_read_config_word(to_pci(dev).bus, 0xff, 0, word)).toBe(0);
    expect(load<u16>(word)).toBe(0xffff);
  });

  test("tells its errors once", () => {
    set16(i, PCI_STATUS, 0xf900);
    expect(pci_status_get_and_clear_errors(dev_at(0, 1))).toBe(0xf900);
  });
});

describe("the capability list", () => {
  beforeEach(() => {
    boot();
    i = add(ROOT, 1, 0, 0x8086, 0x100e, 0x020000);
  });

  test("is walked in its order, and on from where one was found", () => {
    cap(i, 0x40, PCI_CAP_ID_PM);
    cap(i, 0x60, PCI_CAP_ID_VNDR);
    cap(i, 0x50, PCI_CAP_ID_MSI);
    cap(i, 0x70, PCI_CAP_ID_VNDR);
    scan();
    const dev = dev_at(0, 1);
    expect(pci_find_capability(dev, PCI_CAP_ID_PM)).toBe(0x40);
    expect(pci_find_capability(dev, PCI_CAP_ID_MSI)).toBe(0x50);
    expect(pci_find_capability(dev, PCI_CAP_ID_VNDR)).toBe(0x70);
    expect(pci_find_next_capability(dev, 0x70, PCI_CAP_ID_VNDR)).toBe(0x60);
    expect(pci_find_next_capability(dev, 0x60, PCI_CAP_ID_VNDR)).toBe(0);
    expect(pci_find_capability(dev, PCI_CAP_ID_EXP)).toBe(0);
    expect(pci_bus_find_capability(to_pci(dev).bus, 8, PCI_CAP_ID_PM)).toBe(0x40);
    expect(to_pci(dev).msi_cap).toBe(0x50);
    expect(to_pci(dev).pm_cap).toBe(0x40);
  });

  test("without the status bit is none", () => {
    cap(i, 0x40, PCI_CAP_ID_PM);
    set16(i, PCI_STATUS, 0);
    scan();
    expect(pci_find_capability(dev_at(0, 1), PCI_CAP_ID_PM)).toBe(0);
  });

  test("that runs in a circle ends", () => {
    cap(i, 0x40, PCI_CAP_ID_PM);
    cap(i, 0x50, PCI_CAP_ID_VNDR);
    set8(i, 0x41, 0x50);
    scan();
    const dev = dev_at(0, 1);
    expect(pci_find_capability(dev, PCI_CAP_ID_PM)).toBe(0x40);
    expect(pci_find_capability(dev, PCI_CAP_ID_MSI)).toBe(0);
    set8(i, 0x51, 0x50); // onto itself
    expect(pci_find_capability(dev, PCI_CAP_ID_PM)).toBe(0);
    expect(pci_find_next_capability(dev, 0x50, PCI_CAP_ID_MSI)).toBe(0);
  });

  test("that leads into the header, to an odd place or to ones ends", () => {
    cap(i, 0x40, PCI_CAP_ID_PM);
    set8(i, PCI_CAPABILITY_LIST, 0x10);
    scan();
    const dev = dev_at(0, 1);
    expect(pci_find_capability(dev, PCI_CAP_ID_PM)).toBe(0);
    set8(i, PCI_CAPABILITY_LIST, 0x43); // the low bits do not count
    expect(pci_find_capability(dev, PCI_CAP_ID_PM)).toBe(0x40);
    set8(i, 0x40, 0xff);
    expect(pci_find_capability(dev, PCI_CAP_ID_PM)).toBe(0);
  });
});

describe("extended capabilities", () => {
  beforeEach(() => {
    boot();
    i = express(1);
  });

  test("are found behind 0x100", () => {
    set32(i, 0x100, 0x14010003); // serial number, next at 0x140
    set32(i, 0x104, 0x44332211);
    set32(i, 0x108, 0x88776655);
    set32(i, 0x140, 0x1801000b); // vendor specific, next at 0x180
    set32(i, 0x144, 0x00010007);
    set32(i, 0x180, 0x0001000b);
    set32(i, 0x184, 0x00010009);
    scan();
    const dev = dev_at(0, 1);
    expect(to_pci(dev).cfg_size).toBe(4096);
    expect(pci_find_ext_capability(dev, PCI_EXT_CAP_ID_DSN)).toBe(0x100);
    expect(pci_get_dsn(dev)).toBe(0x8877665544332211);
    expect(pci_find_ext_capability(dev, PCI_EXT_CAP_ID_VNDR)).toBe(0x140);
    expect(pci_find_next_ext_capability(dev, 0x140, PCI_EXT_CAP_ID_VNDR)).toBe(0x180);
    expect(pci_find_vsec_capability(dev, 0x8086, 9)).toBe(0x180);
    expect(pci_find_vsec_capability(dev, 0x8086, 5)).toBe(0);
    expect(pci_find_vsec_capability(dev, 0x10ec, 9)).toBe(0);
  });

  test("that run in a circle or back into the header end", () => {
    set32(i, 0x100, 0x10010003);
    scan();
    const dev = dev_at(0, 1);
    expect(pci_find_ext_capability(dev, PCI_EXT_CAP_ID_VNDR)).toBe(0);
    set32(i, 0x100, 0x04010003);
    expect(pci_find_ext_capability(dev, PCI_EXT_CAP_ID_VNDR)).toBe(0);
    set32(i, 0x100, 0x1401000b);
    set32(i, 0x140, 0x1401000b);
    set32(i, 0x144, 0x00010007);
    expect(pci_find_vsec_capability(dev, 0x8086, 9)).toBe(0);
  });

  test("are not looked for where there is no such space", () => {
    const plain = add(ROOT, 2, 0, 0x8086, 0x100e, 0x020000);
    set32(plain, 0x100, 0x00010003);
    scan();
    expect(to_pci(dev_at(0, 2)).cfg_size).toBe(256);
    expect(pci_find_ext_capability(dev_at(0, 2), PCI_EXT_CAP_ID_DSN)).toBe(0);
  });
});

describe("the PCI Express capability", () => {
  beforeEach(() => {
    boot();
    i = express(1);
    scan();
  });

  test("shows registers that the device has, and zero for others", () => {
    const dev = dev_at(0, 1);
    expect(pcie_capability_read_word(dev, PCI_EXP_DEVCTL, word)).toBe(0);
    expect(load<u16>(word)).toBe(0x2810);
    set16(i, 0xe0 + PCI_EXP_RTCTL, 0xabcd); // no root port
    expect(pcie_capability_read_word(dev, PCI_EXP_RTCTL, word)).toBe(0);
    expect(load<u16>(word)).toBe(0);
    expect(pcie_capability_write_word(dev, PCI_EXP_RTCTL, 0x1111)).toBe(0);
    expect(get16(i, 0xe0 + PCI_EXP_RTCTL)).toBe(0xabcd);
    expect(pcie_capability_read_word(dev, PCI_EXP_LNKSTA + 1, word)).toBe(PCIBIOS_BAD_REGISTER_NUMBER);
    expect(pcie_capability_read_dword(dev, PCI_EXP_DEVCAP + 2, word)).toBe(PCIBIOS_BAD_REGISTER_NUMBER);
    expect(pcie_capability_read_word(dev, PCI_EXP_SLTSTA, word)).toBe(0);
    expect(load<u16>(word)).toBe(0);
  });

  test("sets sizes of requests and payloads within what the device can", () => {
    const dev = dev_at(0, 1);
    expect(pcie_get_readrq(dev)).toBe(512);
    expect(pcie_set_readrq(dev, 4096)).toBe(0);
    expect(pcie_get_readrq(dev)).toBe(4096);
    expect(pcie_set_readrq(dev, 100)).toBe(-22);
    expect(pcie_set_readrq(dev, 8192)).toBe(-22);
    expect(pcie_get_mps(dev)).toBe(128);
    expect(pcie_set_mps(dev, 512)).toBe(0);
    expect(pcie_get_mps(dev)).toBe(512);
    expect(pcie_set_mps(dev, 1024)).toBe(-22);
    expect(get16(i, 0xe0 + PCI_EXP_DEVCTL) & 0x10).toBe(0x10);
  });
});
