// The PCI Express capability of an endpoint, PCI Express Base Specification 3.1, 7.8, and its extended configuration space.
//
//   +0 id, next, flags    +4 device    +8 control, status    +c link    +10 control, status    +24 device 2    +2c link 2
//   100 the first extended capability: id 0..15, version 16..19, next 20..31
import { addCapability } from "./capability.ts";
import type { ConfigSpace } from "./config-space.ts";

const PCI_CAP_ID_EXP = 0x10;
const FLAGS = 0x02;
/** Version 2, an endpoint. */
const FLAGS_ENDPOINT = 0x0002;
const DEVCAP = 0x04;
/** Payloads of up to 256 bytes. */
const DEVCAP_PAYLOAD = 1;
const DEVCAP_FLR = 1 << 28;
const DEVCTL = 0x08;
const DEVCTL_DEFAULT = 0x2810;
const DEVCTL_WRITABLE = 0x7fff;
const DEVCTL_FLR = 0x8000;
const DEVSTA = 0x0a;
const DEVSTA_ERRORS = 0x000f;
const LNKCAP = 0x0c;
const LNKCTL = 0x10;
const LNKCTL_WRITABLE = 0x01db;
const LNKSTA = 0x12;
const DEVCTL2 = 0x28;
const LNKCAP2 = 0x2c;
const LNKCTL2 = 0x30;

const EXTENDED = 0x100;
const PCI_EXT_CAP_ID_DSN = 3;

/** A link: 1 is 2.5 GT/s, 2 is 5 GT/s, …; lanes. */
export interface PcieLink {
  readonly speed: number;
  readonly width: number;
}

export class PciExpress {
  readonly where: number;
  readonly #config: ConfigSpace;

  /** Adds the capability at `where`: a link that could be `most` and is `now`, and a serial number. */
  constructor(config: ConfigSpace, where: number, most: PcieLink, now: PcieLink, serial: bigint) {
    this.where = where;
    this.#config = config;
    addCapability(config, PCI_CAP_ID_EXP, where);
    config.define(where + FLAGS, 2, FLAGS_ENDPOINT);
    config.define(where + DEVCAP, 4, DEVCAP_PAYLOAD | DEVCAP_FLR);
    config.define(where + DEVCTL, 2, DEVCTL_DEFAULT);
    config.allow(where + DEVCTL, 2, DEVCTL_WRITABLE | DEVCTL_FLR);
    config.clearable(where + DEVSTA, 2, DEVSTA_ERRORS);
    config.define(where + LNKCAP, 4, most.speed | (most.width << 4));
    config.allow(where + LNKCTL, 2, LNKCTL_WRITABLE);
    config.define(where + LNKSTA, 2, now.speed | (now.width << 4));
    config.allow(where + DEVCTL2, 2, 0xffff);
    config.define(where + LNKCAP2, 4, (2 ** most.speed - 1) << 1);
    config.define(where + LNKCTL2, 2, most.speed);
    config.allow(where + LNKCTL2, 2, 0xffff);
    config.define(EXTENDED, 4, PCI_EXT_CAP_ID_DSN | (1 << 16));
    config.define(EXTENDED + 4, 4, Number(serial & 0xffffffffn));
    config.define(EXTENDED + 8, 4, Number(serial >> 32n));
  }

  /** Whether software has just asked for a function level reset; the bit reads as zero. */
  takeReset(): boolean {
    const control = this.#config.get16(this.where + DEVCTL);
    if ((control & DEVCTL_FLR) === 0) return false;
    this.#config.set(this.where + DEVCTL, 2, control & ~DEVCTL_FLR);
    return true;
  }
}
