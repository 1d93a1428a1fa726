// What ethtool asks of the driver itself: -i, its strings, counters (-S), self test (-t), registers (-d), EEPROM (-e),
// private flags, time stamps (-T), permanent address (-P), module EEPROM (-m), receive hashing (-x).

import * as abi from "../../../assembly/abi/const/ethtool.ts";
import * as net from "../../../assembly/abi/const/net.ts";
import type { System } from "../../system.ts";
import { ethtoolIoctl, type Struct } from "./ioctl.ts";

export interface DriverInfo {
  readonly driver: string;
  readonly version: string;
  readonly firmware_version: string;
  readonly expansion_rom_version: string;
  readonly bus_info: string;
  readonly n_stats: number;
  readonly testinfo_len: number;
  readonly eedump_len: number;
  readonly regdump_len: number;
  readonly n_priv_flags: number;
}

const TEXT = 32;

export function driverInfo(system: System, name: string): Promise<DriverInfo> {
  return ethtoolIoctl(system, name, {
    cmd: abi.ETHTOOL_GDRVINFO,
    size: abi.sizeof_ethtool_drvinfo,
    failure: "Cannot get driver information",
    read: (struct) => ({
      driver: struct.text(abi.offsetof_ethtool_drvinfo_driver, TEXT),
      version: struct.text(abi.offsetof_ethtool_drvinfo_version, TEXT),
      firmware_version: struct.text(abi.offsetof_ethtool_drvinfo_fw_version, TEXT),
      expansion_rom_version: struct.text(abi.offsetof_ethtool_drvinfo_erom_version, TEXT),
      bus_info: struct.text(abi.offsetof_ethtool_drvinfo_bus_info, TEXT),
      n_stats: struct.u32(abi.offsetof_ethtool_drvinfo_n_stats),
      testinfo_len: struct.u32(abi.offsetof_ethtool_drvinfo_testinfo_len),
      eedump_len: struct.u32(abi.offsetof_ethtool_drvinfo_eedump_len),
      regdump_len: struct.u32(abi.offsetof_ethtool_drvinfo_regdump_len),
      n_priv_flags: struct.u32(abi.offsetof_ethtool_drvinfo_n_priv_flags),
    }),
  });
}

function strings(system: System, name: string, set: number, count: number, failure: string): Promise<string[]> {
  const length = net.ETH_GSTRING_LEN;
  return ethtoolIoctl(system, name, {
    cmd: abi.ETHTOOL_GSTRINGS,
    size: abi.sizeof_ethtool_gstrings + count * length,
    failure,
    fill: (struct) => struct.setU32(abi.offsetof_ethtool_gstrings_string_set, set),
    read: (struct) =>
      Array.from({ length: struct.u32(abi.offsetof_ethtool_gstrings_len) }, (_, i) =>
        struct.text(abi.sizeof_ethtool_gstrings + i * length, length),
      ),
  });
}

/** `count` 64-bit values behind the struct. */
const values = (struct: Struct, at: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => struct.u64(at + 8 * i));

const named = (names: readonly string[], numbers: readonly number[]): Record<string, number> =>
  Object.fromEntries(names.map((name, i) => [name, numbers[i] ?? 0]));

/** The driver's own counters; none: {}. */
export async function statistics(system: System, name: string): Promise<Record<string, number>> {
  const { n_stats: count } = await driverInfo(system, name);
  if (count === 0) return {};
  const names = await strings(system, name, net.ETH_SS_STATS, count, "Cannot get stats strings information");
  const numbers = await ethtoolIoctl(system, name, {
    cmd: abi.ETHTOOL_GSTATS,
    size: abi.sizeof_ethtool_stats + count * 8,
    failure: "Cannot get stats information",
    read: (struct) => values(struct, abi.sizeof_ethtool_stats, count),
  });
  return named(names, numbers);
}

export interface TestResult {
  readonly passed: boolean;
  readonly results: Record<string, number>;
}

const TEST_OFFLINE = 1;
const TEST_FAILED = 2;
const TEST_EXTERNAL = 4;

export async function selfTest(
  system: System,
  name: string,
  mode: "online" | "offline" | "external_lb",
): Promise<TestResult> {
  const { testinfo_len: count } = await driverInfo(system, name);
  const failure = "Cannot test";
  const flags = { online: 0, offline: TEST_OFFLINE, external_lb: TEST_OFFLINE | TEST_EXTERNAL }[mode];
  const { passed, numbers } = await ethtoolIoctl(system, name, {
    cmd: abi.ETHTOOL_TEST,
    size: abi.sizeof_ethtool_test + count * 8,
    failure,
    fill: (struct) => struct.setU32(abi.offsetof_ethtool_test_flags, flags),
    read: (struct) => ({
      passed: (struct.u32(abi.offsetof_ethtool_test_flags) & TEST_FAILED) === 0,
      // Drivers put errors there too: ethtool(8) prints the low word, signed.
      numbers: Array.from({ length: count }, (_, i) => struct.i32(abi.sizeof_ethtool_test + i * 8)),
    }),
  });
  return { passed, results: named(await strings(system, name, net.ETH_SS_TEST, count, failure), numbers) };
}

export interface RegisterDump {
  readonly version: number;
  readonly data: readonly number[];
}

export async function registers(system: System, name: string): Promise<RegisterDump> {
  const { regdump_len: length } = await driverInfo(system, name);
  return ethtoolIoctl(system, name, {
    cmd: abi.ETHTOOL_GREGS,
    size: abi.sizeof_ethtool_regs + length,
    failure: "Cannot get register dump",
    read: (struct) => ({
      version: struct.u32(abi.offsetof_ethtool_regs_version),
      data: [...struct.bytes(abi.sizeof_ethtool_regs, struct.u32(abi.offsetof_ethtool_regs_len))],
    }),
  });
}

export async function eeprom(system: System, name: string, from: number, length?: number): Promise<number[]> {
  const { eedump_len: whole } = await driverInfo(system, name);
  const wanted = length ?? Math.max(whole - from, 0);
  return ethtoolIoctl(system, name, {
    cmd: abi.ETHTOOL_GEEPROM,
    size: abi.sizeof_ethtool_eeprom + wanted,
    failure: "Cannot get EEPROM data",
    fill(struct) {
      struct.setU32(abi.offsetof_ethtool_eeprom_offset, from);
      struct.setU32(abi.offsetof_ethtool_eeprom_len, wanted);
    },
    read: (struct) => [...struct.bytes(abi.sizeof_ethtool_eeprom, struct.u32(abi.offsetof_ethtool_eeprom_len))],
  });
}

/** The EEPROM of a pluggable transceiver. */
export async function moduleEeprom(system: System, name: string): Promise<number[]> {
  const failure = "Cannot get module EEPROM information";
  const length = await ethtoolIoctl(system, name, {
    cmd: abi.ETHTOOL_GMODULEINFO,
    size: abi.sizeof_ethtool_modinfo,
    failure,
    read: (struct) => struct.u32(abi.offsetof_ethtool_modinfo_eeprom_len),
  });
  return ethtoolIoctl(system, name, {
    cmd: abi.ETHTOOL_GMODULEEEPROM,
    size: abi.sizeof_ethtool_eeprom + length,
    failure,
    fill: (struct) => struct.setU32(abi.offsetof_ethtool_eeprom_len, length),
    read: (struct) => [...struct.bytes(abi.sizeof_ethtool_eeprom, length)],
  });
}

export function permanentAddress(system: System, name: string): Promise<string> {
  const most = net.MAX_ADDR_LEN;
  return ethtoolIoctl(system, name, {
    cmd: abi.ETHTOOL_GPERMADDR,
    size: abi.sizeof_ethtool_perm_addr + most,
    failure: "Cannot read permanent address",
    fill: (struct) => struct.setU32(abi.offsetof_ethtool_perm_addr_size, most),
    read: (struct) =>
      [...struct.bytes(abi.sizeof_ethtool_perm_addr, struct.u32(abi.offsetof_ethtool_perm_addr_size))]
        .map((byte) => byte.toString(16).padStart(2, "0"))
        .join(":"),
  });
}

export interface TimeStamping {
  /** SOF_TIMESTAMPING_* in the words of ethtool. */
  readonly capabilities: readonly string[];
  /** The number of the card's clock, -1: none. */
  readonly phc_index: number;
  readonly tx_types: number;
  readonly rx_filters: number;
}

const STAMPS: readonly [bit: number, name: string][] = [
  [abi.SOF_TIMESTAMPING_TX_HARDWARE, "hardware-transmit"],
  [abi.SOF_TIMESTAMPING_TX_SOFTWARE, "software-transmit"],
  [abi.SOF_TIMESTAMPING_RX_HARDWARE, "hardware-receive"],
  [abi.SOF_TIMESTAMPING_RX_SOFTWARE, "software-receive"],
  [abi.SOF_TIMESTAMPING_SOFTWARE, "software-system-clock"],
  [abi.SOF_TIMESTAMPING_SYS_HARDWARE, "hardware-legacy-clock"],
  [abi.SOF_TIMESTAMPING_RAW_HARDWARE, "hardware-raw-clock"],
];

export function timeStamping(system: System, name: string): Promise<TimeStamping> {
  return ethtoolIoctl(system, name, {
    cmd: abi.ETHTOOL_GET_TS_INFO,
    size: abi.sizeof_ethtool_ts_info,
    failure: "Cannot get device time stamping settings",
    read: (struct) => ({
      capabilities: STAMPS.filter(([bit]) => struct.u32(abi.offsetof_ethtool_ts_info_so_timestamping) & bit).map(
        ([, text]) => text,
      ),
      phc_index: struct.i32(abi.offsetof_ethtool_ts_info_phc_index),
      tx_types: struct.u32(abi.offsetof_ethtool_ts_info_tx_types),
      rx_filters: struct.u32(abi.offsetof_ethtool_ts_info_rx_filters),
    }),
  });
}

/** Has the link negotiated again (-r). */
export function restartNegotiation(system: System, name: string): Promise<void> {
  const failure = "Cannot restart autonegotiation";
  return ethtoolIoctl(system, name, {
    cmd: abi.ETHTOOL_NWAY_RST,
    size: abi.sizeof_ethtool_value,
    failure,
    read: () => {},
  });
}

/** Has the card blink (-p). */
export function identify(system: System, name: string, seconds: number): Promise<void> {
  return ethtoolIoctl(system, name, {
    cmd: abi.ETHTOOL_PHYS_ID,
    size: abi.sizeof_ethtool_value,
    failure: "Cannot identify NIC",
    fill: (struct) => struct.setU32(abi.offsetof_ethtool_value_data, seconds),
    read: () => {},
  });
}

export interface ReceiveHashing {
  readonly rings: number;
  readonly table: readonly number[];
  readonly key: string;
}

export async function receiveHashing(system: System, name: string): Promise<ReceiveHashing> {
  const rings = await ethtoolIoctl(system, name, {
    cmd: abi.ETHTOOL_GRXRINGS,
    size: abi.sizeof_ethtool_rxnfc,
    failure: "Cannot get RX ring count",
    read: (struct) => struct.u64(abi.offsetof_ethtool_rxnfc_data),
  });
  const failure = "Cannot get RX flow hash indirection table size and/or key size";
  const sizes = await ethtoolIoctl(system, name, {
    cmd: abi.ETHTOOL_GRSSH,
    size: abi.sizeof_ethtool_rxfh,
    failure,
    read: (struct) =>
      [abi.offsetof_ethtool_rxfh_indir_size, abi.offsetof_ethtool_rxfh_key_size].map((at) => struct.u32(at)),
  });
  const [entries = 0, key = 0] = sizes;
  return ethtoolIoctl(system, name, {
    cmd: abi.ETHTOOL_GRSSH,
    size: abi.sizeof_ethtool_rxfh + entries * 4 + key,
    failure,
    read: (struct) => ({
      rings,
      table: Array.from({ length: entries }, (_, i) => struct.u32(abi.sizeof_ethtool_rxfh + 4 * i)),
      key: [...struct.bytes(abi.sizeof_ethtool_rxfh + entries * 4, key)]
        .map((byte) => byte.toString(16).padStart(2, "0"))
        .join(":"),
    }),
  });
}

/** The driver's private flags by name. */
export async function privateFlags(system: System, name: string): Promise<Record<string, boolean>> {
  const { n_priv_flags: count } = await driverInfo(system, name);
  const failure = "Cannot get device flags";
  const mask = await ethtoolIoctl(system, name, {
    cmd: abi.ETHTOOL_GPFLAGS,
    size: abi.sizeof_ethtool_value,
    failure,
    read: (struct) => struct.u32(abi.offsetof_ethtool_value_data),
  });
  const names = await strings(system, name, net.ETH_SS_PRIV_FLAGS, count, failure);
  return Object.fromEntries(names.map((flag, bit) => [flag, (mask & (1 << bit)) !== 0]));
}
