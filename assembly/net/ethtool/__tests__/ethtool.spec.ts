import {
  EINVAL,
  ENODEV,
  ENOSPC,
  EOPNOTSUPP,
  ETHTOOL_GDRVINFO,
  ETHTOOL_GEEPROM,
  ETHTOOL_GFEATURES,
  ETHTOOL_GLINK,
  ETHTOOL_GLINKSETTINGS,
  ETHTOOL_GMSGLVL,
  ETHTOOL_GREGS,
  ETHTOOL_GSTATS,
  ETHTOOL_GSTRINGS,
  ETHTOOL_NWAY_RST,
  ETHTOOL_SCOALESCE,
  ETHTOOL_SFEATURES,
  ETHTOOL_SLINKSETTINGS,
  ETHTOOL_SMSGLVL,
  ETHTOOL_SRINGPARAM,
  ETHTOOL_SWOL,
  ETH_GSTRING_LEN,
  NETIF_F_SG,
  ethtool_coalesce,
  ethtool_drvinfo,
  ethtool_gstrings,
  ethtool_link_ksettings,
  ethtool_ops,
  ethtool_regs,
  ethtool_ringparam,
  ethtool_stats,
  ethtool_value,
  ethtool_wolinfo,
  net_device,
  sizeof_ethtool_ops,
  sizeof_ethtool_regs,
  sizeof_ethtool_stats,
} from "../../../abi";
import { strscpy } from "../../../lib/string";
import { va_block, va_free } from "../../../lib/vsprintf";
import { boot_net } from "../../../__tests__/boot";
import { fake_alloc } from "../../core/__tests__/fake";
import { free_netdev } from "../../core/dev_alloc";
import { register_netdev, unregister_netdev } from "../../core/dev_register";
import { kpi_netdev_up } from "../../core/host_ops";
import {
  ethtool_convert_legacy_u32_to_link_mode,
  ethtool_convert_link_mode_to_legacy_u32,
  ethtool_op_get_link,
  ethtool_sprintf,
} from "../common";
import { kpi_ethtool } from "../ioctl";

let dev = changetype<net_device>(0);
let msglevel: u32 = 7;
let begun = 0;
let restarts = 0;
let set_speed: u32 = 0;
const ops = changetype<ethtool_ops>(memory.data(<i32>sizeof_ethtool_ops, 8));
const out = memory.data(4096, 8);

function begin(d: usize): i32 {
  begun++;
  return 0;
}

function complete(d: usize): void {
  begun--;
}

function drvinfo(d: usize, info: usize): void {
  strscpy(changetype<ethtool_drvinfo>(info).driver, cstr("fake"), 32);
}

function get_msglevel(d: usize): u32 {
  return msglevel;
}

function set_msglevel(d: usize, value: u32): void {
  msglevel = value;
}

function nway_reset(d: usize): i32 {
  restarts++;
  return 0;
}

function get_link_ksettings(d: usize, k: usize): i32 {
  const s = changetype<ethtool_link_ksettings>(k);
  s.base.speed = 100;
  s.base.duplex = 1;
  s.base.autoneg = 1;
  store<u32>(s.link_modes_supported, 0x2ef);
  return 0;
}

function set_link_ksettings(d: usize, k: usize): i32 {
  expect(begun).toBe(1, "between begin and complete");
  const s = changetype<ethtool_link_ksettings>(k);
  set_speed = s.base.autoneg ? 0 : s.base.speed;
  return 0;
}

function sset_count(d: usize, set: i32): i32 {
  return set == 1 ? 2 : -EOPNOTSUPP;
}

function strings(d: usize, set: u32, data: usize): void {
  const at = memory.data(4, 4);
  store<usize>(at, data);
  for (let i: u32 = 0; i < 2; i++) {
    ethtool_sprintf(at, cstr("counter_%u"), va_block(i));
    va_free();
  }
}

function stats(d: usize, s: usize, values: usize): void {
  store<u64>(values, 5000000000);
  store<u64>(values, 2, 8);
}

function regs_len(d: usize): i32 {
  return 4;
}

function regs(d: usize, r: usize, data: usize): void {
  changetype<ethtool_regs>(r).version = 3;
  store<u32>(data, 0x78563412);
}

function get_ringparam(d: usize, ring: usize, more: usize, extack: usize): void {
  changetype<ethtool_ringparam>(ring).rx_max_pending = 64;
}

let rx_pending: u32 = 0;

function set_ringparam(d: usize, ring: usize, more: usize, extack: usize): i32 {
  rx_pending = changetype<ethtool_ringparam>(ring).rx_pending;
  return 0;
}

function get_wol(d: usize, wol: usize): void {
  changetype<ethtool_wolinfo>(wol).supported = 0x20;
}

function set_wol(d: usize, wol: usize): i32 {
  return 0;
}

function coalesce(d: usize, c: usize, more: usize, extack: usize): i32 {
  return 0;
}

/** Runs a command whose struct begins with these two words. */
function ask(cmd: u32, word: u32 = 0, size: u32 = 4096): i32 {
  memory.fill(out, 0, 4096);
  store<u32>(out, cmd);
  store<u32>(out, word, 4);
  return kpi_ethtool(dev.ifindex, out, size);
}

describe("ethtool", () => {
  beforeEach(() => {
    boot_net();
    ops.begin = begin.index;
    ops.complete = complete.index;
    ops.get_drvinfo = drvinfo.index;
    ops.get_link = ethtool_op_get_link.index;
    ops.get_msglevel = get_msglevel.index;
    ops.set_msglevel = set_msglevel.index;
    ops.nway_reset = nway_reset.index;
    ops.get_link_ksettings = get_link_ksettings.index;
    ops.set_link_ksettings = set_link_ksettings.index;
    ops.get_sset_count = sset_count.index;
    ops.get_strings = strings.index;
    ops.get_ethtool_stats = stats.index;
    ops.get_regs_len = regs_len.index;
    ops.get_regs = regs.index;
    ops.get_ringparam = get_ringparam.index;
    ops.set_ringparam = set_ringparam.index;
    ops.get_wol = get_wol.index;
    ops.set_wol = set_wol.index;
    ops.get_coalesce = coalesce.index;
    ops.set_coalesce = coalesce.index;
    ops.supported_coalesce_params = 0x5;
    dev = fake_alloc(1);
    dev.ethtool_ops = changetype<usize>(ops);
    register_netdev(dev);
    begun = 0;
  });

  afterEach(() => {
    expect(begun).toBe(0, "begin and complete are paired");
    unregister_netdev(dev);
    free_netdev(dev);
  });

  test("fills in what the driver says", () => {
    expect(ask(ETHTOOL_GDRVINFO)).toBe(0);
    const info = changetype<ethtool_drvinfo>(out);
    expect(String.UTF8.decodeUnsafe(info.driver, 32, true)).toBe("fake");
    expect(String.UTF8.decodeUnsafe(info.version, 32, true)).toBe("6.1.176-linuxkpi");
    expect(info.n_stats).toBe(2);
    expect(info.regdump_len).toBe(4);
    expect(info.eedump_len).toBe(0);
    expect(ask(ETHTOOL_GLINK)).toBe(0);
    expect(changetype<ethtool_value>(out).data).toBe(0);
    kpi_netdev_up(dev.ifindex);
    ask(ETHTOOL_GLINK);
    expect(changetype<ethtool_value>(out).data).toBe(1);
    expect(ask(ETHTOOL_GREGS)).toBe(0);
    expect(changetype<ethtool_regs>(out).version).toBe(3);
    expect(load<u32>(out + sizeof_ethtool_regs)).toBe(0x78563412);
    expect(ask(ETHTOOL_GLINKSETTINGS)).toBe(0);
    const link = changetype<ethtool_link_ksettings>(out);
    expect(link.base.speed).toBe(100);
    expect(load<u32>(link.link_modes_supported)).toBe(0x2ef);
  });

  test("counters and their names, if there is room", () => {
    expect(ask(ETHTOOL_GSTATS)).toBe(0);
    expect(changetype<ethtool_stats>(out).n_stats).toBe(2);
    expect(load<u64>(out + sizeof_ethtool_stats)).toBe(5000000000);
    expect(ask(ETHTOOL_GSTATS, 0, 16)).toBe(-ENOSPC);
    expect(ask(ETHTOOL_GSTRINGS, 1)).toBe(0);
    expect(changetype<ethtool_gstrings>(out).len).toBe(2);
    expect(String.UTF8.decodeUnsafe(out + 12 + ETH_GSTRING_LEN, 32, true)).toBe("counter_1");
    expect(ask(ETHTOOL_GSTRINGS, 0)).toBe(-EOPNOTSUPP);
  });

  test("what the driver lacks, and what there is not", () => {
    expect(ask(ETHTOOL_GEEPROM)).toBe(-EOPNOTSUPP);
    expect(ask(0x7fff)).toBe(-EOPNOTSUPP);
    expect(kpi_ethtool(4711, out, 64)).toBe(-ENODEV);
  });

  test("changes what it is asked to", () => {
    expect(ask(ETHTOOL_SMSGLVL, 0x33)).toBe(0);
    ask(ETHTOOL_GMSGLVL);
    expect(changetype<ethtool_value>(out).data).toBe(0x33);
    expect(ask(ETHTOOL_NWAY_RST)).toBe(0);
    expect(restarts).toBe(1);
    ask(ETHTOOL_GLINKSETTINGS);
    store<u32>(out, ETHTOOL_SLINKSETTINGS);
    changetype<ethtool_link_ksettings>(out).base.autoneg = 0;
    changetype<ethtool_link_ksettings>(out).base.speed = 10;
    expect(kpi_ethtool(dev.ifindex, out, 4096)).toBe(0);
    expect(set_speed).toBe(10);
  });

  test("refuses what the driver did not offer, before the driver is asked", () => {
    memory.fill(out, 0, 4096);
    store<u32>(out, ETHTOOL_SRINGPARAM);
    changetype<ethtool_ringparam>(out).rx_pending = 65;
    expect(kpi_ethtool(dev.ifindex, out, 4096)).toBe(-EINVAL);
    changetype<ethtool_ringparam>(out).rx_pending = 64;
    expect(kpi_ethtool(dev.ifindex, out, 4096)).toBe(0);
    expect(rx_pending).toBe(64);
    memory.fill(out, 0, 4096);
    store<u32>(out, ETHTOOL_SWOL);
    changetype<ethtool_wolinfo>(out).wolopts = 0x40;
    expect(kpi_ethtool(dev.ifindex, out, 4096)).toBe(-EINVAL);
    changetype<ethtool_wolinfo>(out).wolopts = 0x20;
    expect(kpi_ethtool(dev.ifindex, out, 4096)).toBe(0);
    memory.fill(out, 0, 4096);
    store<u32>(out, ETHTOOL_SCOALESCE);
    changetype<ethtool_coalesce>(out).rx_coalesce_usecs_irq = 1;
    expect(kpi_ethtool(dev.ifindex, out, 4096)).toBe(0);
    changetype<ethtool_coalesce>(out).rx_max_coalesced_frames = 1;
    expect(kpi_ethtool(dev.ifindex, out, 4096)).toBe(-EOPNOTSUPP);
  });

  test("features, with what could not be done in the answer", () => {
    dev.hw_features = NETIF_F_SG;
    expect(ask(ETHTOOL_GFEATURES, 1)).toBe(-EINVAL);
    expect(ask(ETHTOOL_GFEATURES, 2)).toBe(0);
    expect(load<u32>(out, 8)).toBe(1, "available");
    ask(ETHTOOL_SFEATURES, 2);
    store<u32>(out, ETHTOOL_SFEATURES);
    store<u32>(out, 3, 8); // scatter-gather, and what the device cannot do
    store<u32>(out, 1, 12);
    expect(kpi_ethtool(dev.ifindex, out, 4096)).toBe(1);
    expect(dev.wanted_features & NETIF_F_SG).toBe(NETIF_F_SG);
    dev.hw_features = 0;
    dev.wanted_features = 0;
  });

  test("converts link modes", () => {
    const mask = memory.data(64, 8);
    memory.fill(mask, 0xff, 64);
    ethtool_convert_legacy_u32_to_link_mode(mask, 0x1234);
    const legacy = memory.data(4, 4);
    expect(ethtool_convert_link_mode_to_legacy_u32(legacy, mask)).toBe(true);
    expect(load<u32>(legacy)).toBe(0x1234);
    store<u32>(mask, 1, 4);
    expect(ethtool_convert_link_mode_to_legacy_u32(legacy, mask)).toBe(false, "more than fits");
    expect(ETH_GSTRING_LEN).toBe(32);
  });
});
