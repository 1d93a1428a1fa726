// The registers of the PHY in the 82540EM, a Marvell 88E1011 (IEEE 802.3 clause 22, and the vendor's own from 16
// on): what each is after a reset, which bits are kept, and the bits that mean something here.

export const PHY_CTRL = 0;
export const PHY_STATUS = 1;
export const PHY_ID1 = 2;
export const PHY_ID2 = 3;
export const PHY_AUTONEG_ADV = 4;
export const PHY_LP_ABILITY = 5;
export const PHY_AUTONEG_EXP = 6;
export const PHY_NEXT_PAGE_TX = 7;
export const PHY_1000T_CTRL = 9;
export const PHY_1000T_STATUS = 10;
export const PHY_EXT_STATUS = 15;
export const PHY_SPEC_CTRL = 16;
export const PHY_SPEC_STATUS = 17;
export const PHY_INT_ENABLE = 18;
export const PHY_INT_STATUS = 19;
export const PHY_EXT_SPEC_CTRL = 20;
export const PHY_EXT_CTRL = 26;
export const PHY_PAGE_SELECT = 29;
export const PHY_GEN_CONTROL = 30;

export const CTRL_RESET = 1 << 15;
export const CTRL_LOOPBACK = 1 << 14;
export const CTRL_SPEED_LSB = 1 << 13;
export const CTRL_AUTONEG = 1 << 12;
export const CTRL_POWER_DOWN = 1 << 11;
export const CTRL_RESTART = 1 << 9;
export const CTRL_DUPLEX = 1 << 8;
export const CTRL_SPEED_MSB = 1 << 6;

/** 10 and 100 Mbit/s in both duplex modes, extended status, no preamble, auto-negotiation, extended registers. */
export const STATUS_ABILITIES = 0x7949;
export const STATUS_AN_COMPLETE = 1 << 5;
export const STATUS_LINK = 1 << 2;

/** A switch that can everything up to 1000BASE-T, without flow control, and has seen our word. */
export const PARTNER = 0x41e1;
export const ABILITY_100 = 0x0180;
export const ABILITY_FULL = 0x0140;
export const ABILITY_ANY = 0x01e0;
/** 1000BASE-T, half and full duplex, in the control register. */
export const ABILITY_1000 = 0x0300;
export const ABILITY_1000_FULL = 0x0200;
/** Both receivers are well, the partner can both duplex modes. */
export const STATUS_1000T_GOOD = 0x3c00;
/** The partner negotiates, and a page came from it. */
export const EXP_PARTNER_ABLE = 0x0003;

export const SPEC_STATUS_LINK = 1 << 10;
export const SPEC_STATUS_RESOLVED = 1 << 11;
export const SPEC_STATUS_PAGE = 1 << 12;
export const SPEC_STATUS_FULL = 1 << 13;
export const SPEC_STATUS_SPEED_SHIFT = 14;

export const PHY_INT_LINK = 1 << 10;
export const PHY_INT_AN_COMPLETE = 1 << 11;

/** [register, value after a reset, bits that a write keeps]. The others read 0. */
export const PHY_DEFAULTS: readonly (readonly [number, number, number])[] = [
  [PHY_CTRL, 0x1140, 0x7d40],
  [PHY_ID1, 0x0141, 0],
  [PHY_ID2, 0x0c20, 0],
  [PHY_AUTONEG_ADV, 0x0de1, 0xbfff],
  [PHY_NEXT_PAGE_TX, 0x2001, 0xbfff],
  [PHY_1000T_CTRL, 0x0e00, 0xff00],
  [PHY_EXT_STATUS, 0x3000, 0],
  [PHY_SPEC_CTRL, 0x0360, 0xffff],
  [PHY_INT_ENABLE, 0x0000, 0xffff],
  [PHY_EXT_SPEC_CTRL, 0x0d60, 0xffff],
  [PHY_EXT_CTRL, 0x0000, 0xffff],
  [PHY_PAGE_SELECT, 0x0000, 0x001f],
  [PHY_GEN_CONTROL, 0x0000, 0xffff],
];
