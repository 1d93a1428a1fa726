// Register offsets and bits of the 82540EM under the names of Intel's "PCI/PCI-X Family of Gigabit Ethernet
// Controllers Software Developer's Manual" (317453). Chapter 13 of it has the registers, chapter 3 the descriptors.

/** The memory window; registers end at REGISTER_BYTES, what follows is reserved here (packet buffer diagnostics). */
export const MEMORY_BYTES = 0x20000;
export const REGISTER_BYTES = 0xa000;
export const IO_BYTES = 64;

// ── Offsets. ──
export const CTRL = 0x0000;
export const CTRL_DUP = 0x0004;
export const STATUS = 0x0008;
export const EECD = 0x0010;
export const EERD = 0x0014;
export const CTRL_EXT = 0x0018;
export const FLA = 0x001c;
export const MDIC = 0x0020;
export const FCAL = 0x0028;
export const FCAH = 0x002c;
export const FCT = 0x0030;
export const VET = 0x0038;
export const ICR = 0x00c0;
export const ITR = 0x00c4;
export const ICS = 0x00c8;
export const IMS = 0x00d0;
export const IMC = 0x00d8;
export const RCTL = 0x0100;
export const FCTTV = 0x0170;
export const TXCW = 0x0178;
export const RXCW = 0x0180;
export const TCTL = 0x0400;
export const TIPG = 0x0410;
export const TBT = 0x0448;
export const AIT = 0x0458;
export const LEDCTL = 0x0e00;
export const PBA = 0x1000;
export const FCRTL = 0x2160;
export const FCRTH = 0x2168;
export const RDFH = 0x2410; // RDFH, RDFT, RDFHS, RDFTS, RDFPC, 8 bytes apart
export const RDBAL = 0x2800;
export const RDBAH = 0x2804;
export const RDLEN = 0x2808;
export const RDH = 0x2810;
export const RDT = 0x2818;
export const RDTR = 0x2820;
export const RXDCTL = 0x2828;
export const RADV = 0x282c;
export const RSRPD = 0x2c00;
export const TXDMAC = 0x3000;
export const TDFH = 0x3410; // TDFH, TDFT, TDFHS, TDFTS, TDFPC, 8 bytes apart
export const TDBAL = 0x3800;
export const TDBAH = 0x3804;
export const TDLEN = 0x3808;
export const TDH = 0x3810;
export const TDT = 0x3818;
export const TIDV = 0x3820;
export const TXDCTL = 0x3828;
export const TADV = 0x382c;
export const TSPMT = 0x3830;
export const RXCSUM = 0x5000;
export const MTA = 0x5200;
export const RA = 0x5400; // RAL, RAH by turns
export const VFTA = 0x5600;
export const WUC = 0x5800;
export const WUFC = 0x5808;
export const WUS = 0x5810;
export const MANC = 0x5820;
export const IPAV = 0x5838;
export const IP4AT = 0x5840;
export const IP6AT = 0x5880;
export const WUPL = 0x5900;
export const WUPM = 0x5a00;
export const FFLT = 0x5f00;
export const FFMT = 0x9000;
export const FFVT = 0x9800;

export const MTA_DWORDS = 128;
export const RA_ENTRIES = 16;
export const VFTA_DWORDS = 128;

// ── Device Control and Status. ──
export const CTRL_FD = 1 << 0;
export const CTRL_SLU = 1 << 6;
export const CTRL_SPEED_1000 = 2 << 8;
export const CTRL_RST = 1 << 26;
export const CTRL_RFCE = 1 << 27;
export const CTRL_TFCE = 1 << 28;
export const CTRL_VME = 1 << 30;
export const CTRL_PHY_RST = 1 << 31;
export const STATUS_FD = 1 << 0;
export const STATUS_LU = 1 << 1;
export const STATUS_TXOFF = 1 << 4;
export const STATUS_SPEED_SHIFT = 6;
export const STATUS_ASDV_SHIFT = 8;
export const CTRL_EXT_PHYINT_EN = 1 << 1;
export const CTRL_EXT_EE_RST = 1 << 13;

// ── EEPROM and MDI. ──
export const EECD_SK = 1 << 0;
export const EECD_CS = 1 << 1;
export const EECD_DI = 1 << 2;
export const EECD_DO = 1 << 3;
export const EECD_FWE = 3 << 4;
export const EECD_REQ = 1 << 6;
export const EECD_GNT = 1 << 7;
export const EECD_PRES = 1 << 8;
export const EERD_START = 1 << 0;
export const EERD_DONE = 1 << 4;
export const EERD_ADDR_SHIFT = 8;
export const EERD_DATA_SHIFT = 16;
export const MDIC_REG_SHIFT = 16;
export const MDIC_PHY_SHIFT = 21;
export const MDIC_OP_WRITE = 1 << 26;
export const MDIC_OP_READ = 2 << 26;
export const MDIC_OP = 3 << 26;
export const MDIC_READY = 1 << 28;
export const MDIC_INT_EN = 1 << 29;
export const MDIC_ERROR = 1 << 30;

// ── Interrupt causes. ──
export const INT_TXDW = 1 << 0;
export const INT_TXQE = 1 << 1;
export const INT_LSC = 1 << 2;
export const INT_RXDMT0 = 1 << 4;
export const INT_RXO = 1 << 6;
export const INT_RXT0 = 1 << 7;
export const INT_MDAC = 1 << 9;
export const INT_PHYINT = 1 << 12;
export const INT_TXD_LOW = 1 << 15;
export const INT_SRPD = 1 << 16;
/** The causes, with the reserved ones among them: ICS sets those too. */
export const INT_ALL = 0x1ffff;

// ── Receive. ──
export const RCTL_EN = 1 << 1;
export const RCTL_SBP = 1 << 2;
export const RCTL_UPE = 1 << 3;
export const RCTL_MPE = 1 << 4;
export const RCTL_LPE = 1 << 5;
export const RCTL_LBM_MAC = 1 << 6;
export const RCTL_RDMTS_SHIFT = 8;
export const RCTL_MO_SHIFT = 12;
export const RCTL_BAM = 1 << 15;
export const RCTL_BSIZE_SHIFT = 16;
export const RCTL_VFE = 1 << 18;
export const RCTL_CFIEN = 1 << 19;
export const RCTL_CFI = 1 << 20;
export const RCTL_DPF = 1 << 22;
export const RCTL_PMCF = 1 << 23;
export const RCTL_BSEX = 1 << 25;
export const RCTL_SECRC = 1 << 26;
export const RCTL_WRITABLE = 0x06dfb3fe;
export const RXCSUM_PCSS = 0xff;
export const RXCSUM_IPOFL = 1 << 8;
export const RXCSUM_TUOFL = 1 << 9;
export const RXCSUM_IPV6OFL = 1 << 10;
export const RAH_AS = 3 << 16;
export const RAH_AV = 1 << 31;

export const RXD_STAT_DD = 1 << 0;
export const RXD_STAT_EOP = 1 << 1;
export const RXD_STAT_IXSM = 1 << 2;
export const RXD_STAT_VP = 1 << 3;
export const RXD_STAT_TCPCS = 1 << 5;
export const RXD_STAT_IPCS = 1 << 6;
export const RXD_STAT_PIF = 1 << 7;
// The errors are the byte above the status.
export const RXD_ERR_CE = 1 << 8;
export const RXD_ERR_TCPE = 1 << 13;
export const RXD_ERR_IPE = 1 << 14;
export const RXD_ERR_RXE = 1 << 15;

// ── Transmit. ──
export const TCTL_EN = 1 << 1;
export const TCTL_PSP = 1 << 3;
export const TCTL_SWXOFF = 1 << 22;
export const TCTL_WRITABLE = 0x03fffffa;
export const TXDCTL_LWTHRESH_SHIFT = 25;

// Bits of a transmit descriptor's third dword: the command byte is on top.
export const TXD_EOP = 1 << 24;
export const TXD_IFCS = 1 << 25;
export const TXD_IC = 1 << 26; // legacy
export const TXD_TSE = 1 << 26; // data and context
export const TXD_RS = 1 << 27;
export const TXD_RPS = 1 << 28;
export const TXD_DEXT = 1 << 29;
export const TXD_VLE = 1 << 30;
export const TXD_IDE = 1 << 31;
export const TXD_DTYP_SHIFT = 20;
export const TXD_DTYP_CONTEXT = 0;
export const TXD_DTYP_DATA = 1;
// The context descriptor's TUCMD, in the same place.
export const TXC_TCP = 1 << 24;
export const TXC_IP = 1 << 25;
// The fourth dword: status, then POPTS or CSS, then the VLAN tag.
export const TXD_DD = 1 << 0;
export const TXD_IXSM = 1 << 8;
export const TXD_TXSM = 2 << 8;

export const DESCRIPTOR_BYTES = 16;

// ── Statistics; all of them clear when they are read. ──
export const CRCERRS = 0x4000;
export const RXERRC = 0x400c;
export const MPC = 0x4010;
export const RLEC = 0x4040;
export const XONRXC = 0x4048;
export const XONTXC = 0x404c;
export const XOFFRXC = 0x4050;
export const XOFFTXC = 0x4054;
export const FCRUC = 0x4058;
export const PRC64 = 0x405c; // then 127, 255, 511, 1023, 1522
export const GPRC = 0x4074;
export const BPRC = 0x4078;
export const MPRC = 0x407c;
export const GPTC = 0x4080;
export const GORCL = 0x4088;
export const GOTCL = 0x4090;
export const RNBC = 0x40a0;
export const RUC = 0x40a4;
export const RFC = 0x40a8;
export const ROC = 0x40ac;
export const RJC = 0x40b0;
export const TORL = 0x40c0;
export const TOTL = 0x40c8;
export const TPR = 0x40d0;
export const TPT = 0x40d4;
export const PTC64 = 0x40d8; // then 127, 255, 511, 1023, 1522
export const MPTC = 0x40f0;
export const BPTC = 0x40f4;
export const TSCTC = 0x40f8;
export const TSCTFC = 0x40fc;

// ── Wake-up. ──
export const WUC_APME = 1 << 0;
export const WUC_PME_EN = 1 << 1;
export const WUC_PME_STATUS = 1 << 2;
export const WUFC_LNKC = 1 << 0;
export const WUFC_MAG = 1 << 1;
export const WUFC_EX = 1 << 2;
export const WUFC_MC = 1 << 3;
export const WUFC_BC = 1 << 4;
