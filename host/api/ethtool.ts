// What ethtool asks a driver and tells it, by an interface's name; the data are those of `ethtool --json`. A call that
// the driver has no function for fails with EOPNOTSUPP.

import {
  driverInfo,
  eeprom,
  registers,
  selfTest,
  statistics,
  type DriverInfo,
  type RegisterDump,
  type TestResult,
} from "../inspect/ethtool/driver.ts";
import { features, setFeatures, type Feature } from "../inspect/ethtool/features.ts";
import { COALESCE, PAUSE, RING, parameters, setParameters } from "../inspect/ethtool/params.ts";
import { changeLink, setMessageLevel, settings, type LinkChange, type Settings } from "../inspect/ethtool/settings.ts";
import type { System } from "../system.ts";

export type { DriverInfo, RegisterDump, TestResult } from "../inspect/ethtool/driver.ts";
export type { Feature } from "../inspect/ethtool/features.ts";
export type { LinkChange, LinkSettings, Settings, WakeOnLan } from "../inspect/ethtool/settings.ts";

/** Numbers by the names that ethtool gives them: "rx-usecs". */
export type Numbers = Readonly<Record<string, number>>;

export class Ethtool {
  readonly #system: System;
  readonly #name: string;

  /** @internal */
  constructor(system: System, name: string) {
    this.#system = system;
    this.#name = name;
  }

  /** ethtool NAME: speed, duplex, link modes, wake-on-LAN, whether there is a link. */
  settings(): Promise<Settings> {
    return settings(this.#system, this.#name);
  }

  /** ethtool -s NAME speed … duplex … autoneg … */
  setLink(change: LinkChange): Promise<void> {
    return changeLink(this.#system, this.#name, change);
  }

  /** ethtool -s NAME msglvl N */
  setMessageLevel(level: number): Promise<void> {
    return setMessageLevel(this.#system, this.#name, level);
  }

  /** ethtool -i */
  driver(): Promise<DriverInfo> {
    return driverInfo(this.#system, this.#name);
  }

  /** ethtool -S: the driver's own counters. */
  stats(): Promise<Numbers> {
    return statistics(this.#system, this.#name);
  }

  /** ethtool -d */
  registers(): Promise<RegisterDump> {
    return registers(this.#system, this.#name);
  }

  /** ethtool -e: `length` bytes from `offset`; all of it unless said. */
  eeprom(offset = 0, length?: number): Promise<readonly number[]> {
    return eeprom(this.#system, this.#name, offset, length);
  }

  /** ethtool -t */
  selfTest(mode: "online" | "offline" | "external_lb" = "offline"): Promise<TestResult> {
    return selfTest(this.#system, this.#name, mode);
  }

  /** ethtool -k */
  features(): Promise<readonly Feature[]> {
    return features(this.#system, this.#name);
  }

  /** ethtool -K: the names of those that did not become what was asked. */
  setFeatures(wanted: Readonly<Record<string, boolean>>): Promise<readonly string[]> {
    return setFeatures(this.#system, this.#name, new Map(Object.entries(wanted)));
  }

  /** ethtool -g */
  ring(): Promise<Numbers> {
    return parameters(this.#system, this.#name, RING);
  }

  /** ethtool -G */
  setRing(values: Numbers): Promise<void> {
    return setParameters(this.#system, this.#name, RING, values);
  }

  /** ethtool -c */
  coalesce(): Promise<Numbers> {
    return parameters(this.#system, this.#name, COALESCE);
  }

  /** ethtool -C */
  setCoalesce(values: Numbers): Promise<void> {
    return setParameters(this.#system, this.#name, COALESCE, values);
  }

  /** ethtool -a */
  pause(): Promise<Numbers> {
    return parameters(this.#system, this.#name, PAUSE);
  }

  /** ethtool -A */
  setPause(values: Numbers): Promise<void> {
    return setParameters(this.#system, this.#name, PAUSE, values);
  }
}
