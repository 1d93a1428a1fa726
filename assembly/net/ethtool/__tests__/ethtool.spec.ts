import {
  ENODEV, EOPNOTSUPP, ETHTOOL_GDRVINFO, ETHTOOL_GEEPROM, ETHTOOL_GLINK, ETHTOOL_GLINKSETTINGS, ETHTOOL_GMSGLVL,
  ETHTOOL_GREGS, ETHTOOL_GSTATS, ETHTOOL_NWAY_RST, ETHTOOL_SMSGLVL, ETH_GSTRING_LEN, ethtool_drvinfo,
  ethtool_link_ksettings, ethtool_ops, ethtool_regs, net_device, sizeof_ethtool_ops,
} from "../../../abi";
import { strscpy } from "../../../lib/string";
import { va_block, va_free } from "../../../lib/vsprintf";
import { boot_net } from "../../../__tests__/boot";
import { fake_alloc } from "../../core/__tests__/fake";
import { free_netdev } from "../../core/dev_alloc";
import { register_netdev, unregister_netdev } from "../../core/dev_register";
import { kpi_netdev_up } from "../../core/host_ops";
import {
  ethtool_convert_legacy_u32_to_link_mode, ethtool_convert_link_mode_to_legacy_u32, ethtool_op_get_link,
  ethtool_sprintf,
} from "../common";
import { kpi_ethtool, kpi_ethtool_link, kpi_ethtool_set } from "../ioctl";

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

/** What a command says, or its errno. */
function ask(cmd: u32): string {
  const length = kpi_ethtool(dev.ifindex, cmd, out, 4096);
  return length < 0 ? length.toString() : String.UTF8.decodeUnsafe(out, length);
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

  test("shows what the driver says", () => {
    expect(ask(ETHTOOL_GDRVINFO).startsWith("driver=fake\nversion=6.1.176-linuxkpi\n")).toBe(true);
    expect(ask(ETHTOOL_GDRVINFO).includes("\nn_stats=2\nregdump_len=4\needump_len=0\n")).toBe(true);
    expect(ask(ETHTOOL_GLINK)).toBe("link=0\n");
    kpi_netdev_up(dev.ifindex);
    expect(ask(ETHTOOL_GLINK)).toBe("link=1\n");
    expect(ask(ETHTOOL_GSTATS)).toBe("counter_0=5000000000\ncounter_1=2\n");
    expect(ask(ETHTOOL_GREGS)).toBe("version=3\ndata=12345678\n");
    expect(ask(ETHTOOL_GLINKSETTINGS).startsWith("speed=100\nduplex=1\nport=0\nphy_address=0\nautoneg=1\n")).toBe(true);
    expect(ask(ETHTOOL_GLINKSETTINGS).includes("\nsupported=000002ef,00000000")).toBe(true);
    expect(ask(ETHTOOL_GEEPROM)).toBe((-EOPNOTSUPP).toString());
    expect(ask(0x7fff)).toBe((-EOPNOTSUPP).toString());
    expect(kpi_ethtool(4711, ETHTOOL_GLINK, out, 64)).toBe(-ENODEV);
  });

  test("changes what it is asked to", () => {
    expect(kpi_ethtool_set(dev.ifindex, ETHTOOL_SMSGLVL, 0x33)).toBe(0);
    expect(ask(ETHTOOL_GMSGLVL)).toBe("msglvl=51\n");
    expect(kpi_ethtool_set(dev.ifindex, ETHTOOL_NWAY_RST, 0)).toBe(0);
    expect(restarts).toBe(1);
    expect(kpi_ethtool_link(dev.ifindex, 0, 10, 0)).toBe(0);
    expect(set_speed).toBe(10);
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
