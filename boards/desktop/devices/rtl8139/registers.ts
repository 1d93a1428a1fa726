// Register offsets and bits of the RTL8139C(L) and RTL8139C(L)+ under their datasheet names. Section numbers here and
// in the other files are those of the RTL8139C(L) datasheet, rev. 1.4; "C+" marks what only the C+ has (RTL8139C+
// datasheet, rev. 1.6).

export const REGISTER_BYTES = 256;

// ── Offsets (5, Register Descriptions). ──
export const IDR0 = 0x00; // own MAC address
export const IDR4 = 0x04;
export const MAR0 = 0x08; // multicast hash table
export const MAR4 = 0x0c;
export const TSD0 = 0x10; // four transmit status words; C+: DTCCR, in the place of the first two
export const DTCCR = 0x10;
export const TSAD0 = 0x20; // four transmit start addresses; C+: TNPDS and THPDS, 64 bits each
export const TNPDS = 0x20;
export const THPDS = 0x28;
export const RBSTART = 0x30;
export const ERBCR = 0x34;
export const ERSR = 0x36;
export const CR = 0x37;
export const CAPR = 0x38;
export const CBR = 0x3a;
export const IMR = 0x3c;
export const ISR = 0x3e;
export const TCR = 0x40;
export const RCR = 0x44;
export const TCTR = 0x48;
export const MPC = 0x4c;
export const CR9346 = 0x50;
export const CONFIG0 = 0x51;
export const CONFIG1 = 0x52;
export const TIMERINT = 0x54;
export const MSR = 0x58;
export const CONFIG3 = 0x59;
export const CONFIG4 = 0x5a;
export const MULINT = 0x5c;
export const RERID = 0x5e;
export const TSADS = 0x60; // transmit status of all descriptors
export const BMCR = 0x62;
export const BMSR = 0x64;
export const ANAR = 0x66;
export const ANLPAR = 0x68;
export const ANER = 0x6a;
export const DIS = 0x6c;
export const FCSC = 0x6e;
export const NWAYTR = 0x70;
export const REC = 0x72;
export const CSCR = 0x74;
export const PHY1_PARM = 0x78;
export const TW_PARM = 0x7c;
export const PHY2_PARM = 0x80;
export const TDOKLADDR = 0x82; // C+
export const CRC0 = 0x84; // wake-up frames: CRCs, masks, CRCs of the last bytes
export const WAKEUP0 = 0x8c;
export const LSBCRC0 = 0xcc;
export const FLASH = 0xd4;
export const CONFIG5 = 0xd8;
export const TPPOLL = 0xd9; // C+
export const CPCR = 0xe0; // C+
export const RDSAR = 0xe4; // C+, 64 bits
export const MTPS = 0xec; // C+, early transmit threshold

// ── Bits. ──
export const TSD_SIZE = 0x1fff;
export const TSD_OWN = 1 << 13;
export const TSD_TUN = 1 << 14;
export const TSD_TOK = 1 << 15;
export const TSD_ERTXTH = 0x3f << 16;
export const TSD_TABT = 1 << 30;
export const TSD_CRS = 0x80000000;

export const DTCCR_CMD = 1 << 3;

export const ERSR_ERGOOD = 1 << 3;

export const CR_BUFE = 1 << 0;
export const CR_TE = 1 << 2;
export const CR_RE = 1 << 3;
export const CR_RST = 1 << 4;

export const INT_ROK = 1 << 0;
export const INT_RER = 1 << 1;
export const INT_TOK = 1 << 2;
export const INT_TER = 1 << 3;
export const INT_RXOVW = 1 << 4; // C+: RDU, no receive descriptor
export const INT_LINKCHG = 1 << 5; // PUN/LinkChg
export const INT_TDU = 1 << 7; // C+: no transmit descriptor
export const INT_SWINT = 1 << 8; // C+
export const INT_TIMEOUT = 1 << 14;
export const INT_SERR = 1 << 15;

export const TCR_CRC = 1 << 16;
export const TCR_LBK = 3 << 17;
/** IFG1:0, IFG2, LBK, CRC, MXDMA, TXRR; CLRABT is a command. */
export const TCR_WRITABLE = 0x030f07f0;
/** HWVERID: bits 30..26, 23 and 22. */
export const TCR_HWVERID_8139C = 0x74000000;
export const TCR_HWVERID_8139CPLUS = 0x74800000;

export const RCR_AAP = 1 << 0;
export const RCR_APM = 1 << 1;
export const RCR_AM = 1 << 2;
export const RCR_AB = 1 << 3;
export const RCR_AR = 1 << 4;
export const RCR_AER = 1 << 5;
export const RCR_WRAP = 1 << 7;
export const RCR_RBLEN_SHIFT = 11;
export const RCR_ERTH = 0xf << 24;
/** Everything but 9356SEL, which the EEPROM tells, and reserved bits. */
export const RCR_WRITABLE = 0x0f03ffbf;

export const CR9346_EEDO = 1 << 0;
export const CR9346_EEDI = 1 << 1;
export const CR9346_EESK = 1 << 2;
export const CR9346_EECS = 1 << 3;
export const CR9346_EEM = 0xc0;
export const EEM_AUTOLOAD = 0x40;
export const EEM_PROGRAM = 0x80;
export const EEM_CONFIG = 0xc0;

export const CONFIG1_PMEN = 1 << 0;
export const CONFIG1_IOMAP = 1 << 2;
export const CONFIG1_MEMMAP = 1 << 3;
export const CONFIG3_LINKUP = 1 << 4;
export const CONFIG3_MAGIC = 1 << 5;

export const MSR_LINKB = 1 << 2;
export const MSR_SPEED_10 = 1 << 3;
export const MSR_AUX_STATUS = 1 << 4;

export const TPPOLL_FSWINT = 1 << 0;
export const TPPOLL_NPQ = 1 << 6;
export const TPPOLL_HPQ = 1 << 7;

export const CPCR_TXEN = 1 << 0;
export const CPCR_RXEN = 1 << 1;
export const CPCR_DAC = 1 << 4;
export const CPCR_RXCHKSUM = 1 << 5;
export const CPCR_RXVLAN = 1 << 6;
/** Also PCI multiple read/write (3). */
export const CPCR_WRITABLE = 0x007b;

// ── C+ descriptors: 16 bytes, opts1, opts2, buffer address low and high. ──
export const DESCRIPTOR_BYTES = 16;
export const DESC_OWN = 0x80000000;
export const DESC_EOR = 1 << 30;
export const DESC_FS = 1 << 29;
export const DESC_LS = 1 << 28;

export const TX_LGSEN = 1 << 27;
export const TX_MSS_SHIFT = 16;
export const TX_MSS = 0x7ff;
export const TX_IPCS = 1 << 18;
export const TX_UDPCS = 1 << 17;
export const TX_TCPCS = 1 << 16;
export const TX_LENGTH = 0xffff;
export const TX_TAGC = 1 << 17; // opts2
/** Status after transmission. */
export const TX_TUR = 1 << 25;
export const TX_TES = 1 << 23;
export const TX_LNKF = 1 << 21;

export const RX_SIZE = 0x1fff;
export const RX_MAR = 1 << 26;
export const RX_PAM = 1 << 25;
export const RX_BAR = 1 << 24;
export const RX_RWT = 1 << 21;
export const RX_RES = 1 << 20;
export const RX_RUNT = 1 << 19;
export const RX_CRC = 1 << 18;
export const RX_PID_TCP = 1 << 16;
export const RX_PID_UDP = 2 << 16;
export const RX_PID_IP = 3 << 16;
export const RX_IPF = 1 << 15;
export const RX_UDPF = 1 << 14;
export const RX_TCPF = 1 << 13;
export const RX_TAVA = 1 << 16; // opts2

// ── The status word before each packet in the receive ring of C mode (6.1). ──
export const RSR_ROK = 1 << 0;
export const RSR_CRC = 1 << 2;
export const RSR_LONG = 1 << 3;
export const RSR_RUNT = 1 << 4;
export const RSR_BAR = 1 << 13;
export const RSR_PAM = 1 << 14;
export const RSR_MAR = 1 << 15;
