// Where our models and QEMU's (7.2) differ, and why: each entry hides what it explains, and nothing else, from the
// comparison. `right` says who does what the datasheet has (8254x: Intel 317453; RTL8139C(L) and RTL8139C+: Realtek's);
// "either" where it leaves that open.

export interface Explanation {
  readonly drivers: RegExp;
  /** Of which accesses, frames or lines: "read CTRL", "frames on the wire", "said". */
  readonly what: RegExp;
  /** Where only a part of the script has it. */
  readonly phase?: RegExp;
  /** Bits of a register; of frames the zeros behind short ones; lines; or all of it. */
  readonly hide: number | "padding" | RegExp | "all";
  readonly right: "ours" | "QEMU" | "either";
  readonly why: string;
}

const ANY = /./;
const E1000 = /^e1000$/;
const REALTEK = /^8139/;

const CONFIGURATION: readonly Explanation[] = [
  {
    drivers: ANY,
    what: /config (2[cdef]|08)/,
    hide: "all",
    right: "either",
    why: "identity of the card: QEMU's has subsystem 1af4:1100, its 82540EM is stepping 3",
  },
  {
    drivers: ANY,
    what: /config (0[67]|34|5\d|d[cdef]|e\d)|config 04.4$/,
    hide: "all",
    right: "ours",
    why: "status and capabilities: QEMU's cards have neither power management nor the bits of a conventional PCI device",
  },
  {
    drivers: ANY,
    what: /config (0[cd]|3[ef])/,
    hide: "all",
    right: "ours",
    why: "latency timer, MIN_GNT and MAX_LAT of conventional PCI: QEMU keeps none of them",
  },
  {
    drivers: /^8139cp$/,
    what: /config 04\/[12]/,
    hide: 0x10,
    right: "ours",
    why: "memory write and invalidate can be turned on in the RTL8139C+; QEMU's command register has no such bit",
  },
  {
    drivers: /^8139cp$/,
    what: /^write config 04/,
    phase: /^unload$/,
    hide: "all",
    right: "ours",
    why: "the same: the driver turns it off where it is on",
  },
  {
    drivers: ANY,
    what: /config 1\d/,
    hide: "all",
    right: "ours",
    why: "the 82540EM has its ports behind the third base address (4.1), in QEMU behind the second; and windows differ",
  },
];

const TOOLS: readonly Explanation[] = [
  {
    drivers: ANY,
    what: /^said$/,
    hide: /^(0[0-9]:0|\t(Subsys|Flags|Mem|I\/O|Cap|Exp)|[0-9a-f]{2}: |$)/,
    right: "either",
    why: "lspci: the host bridges, identities and windows, which are compared as configuration space above",
  },
  {
    drivers: ANY,
    what: /^said$/,
    phase: /^ethtool$/,
    hide: /^0x\w{4}:|^0x\w{5}: |^\tWake-on: /,
    right: "either",
    why: "contents of the EEPROM, which have the identity, and registers, which are compared by name as they are read",
  },
];

const INTEL: readonly Explanation[] = [
  {
    drivers: E1000,
    what: /^(read|write) CTRL$/,
    hide: 0x04140041,
    right: "ours",
    why:
      "13.4.1: after a reset FD is set and SLU is not, which the driver then sets; SDP pins and ADVD3WUC are the " +
      "EEPROM's. The driver writes back what it read; RST is read as 0",
  },
  {
    drivers: E1000,
    what: /^(read|write) (CTRL|TCTL)$|^read (TXDCTL|TIDV)$/,
    phase: /^(load|up|MTU|VLAN|address, down and up|unload|ethtool)$/,
    hide: "all",
    right: "ours",
    why: "13.4.1: CTRL.RST resets the chip; in QEMU nothing happens, and registers keep what the driver wrote before",
  },
  {
    drivers: E1000,
    what: /^read (G[OP][RT]C[LH]?|[BM]P[RT]C|TO[RT][LH]|TP[RT]|P[RT]C\d+)$/,
    phase: /^(MTU|address, down and up)$/,
    hide: "all",
    right: "either",
    why: "13.7: statistics are not initialised by hardware; they outlive a reset in QEMU, where the driver clears them",
  },
  {
    drivers: E1000,
    what: /^read STATUS$/,
    hide: 0x80080700,
    right: "ours",
    why: "13.4.2: bits 31, 19 and 10 are reserved in the 82540EM; ASDV follows the PHY and is 0 without a link",
  },
  {
    drivers: E1000,
    what: /^read STATUS$/,
    phase: /^load$/,
    hide: 0x2,
    right: "ours",
    why: "13.4.2: no LU before CTRL.SLU; QEMU's card begins with a link that the driver has not asked for",
  },
  {
    drivers: E1000,
    what: /^(read|write) EECD$/,
    hide: "all",
    right: "ours",
    why: "13.4.3: GNT answers REQ, in QEMU it is always set; and the words of the two EEPROMs differ (see ethtool -e)",
  },
  {
    drivers: E1000,
    what: /^(read|write) MANC$/,
    hide: "all",
    right: "either",
    why: "what the EEPROM says of management; our card has none, QEMU's has ARP and RMCP on",
  },
  {
    drivers: E1000,
    what: /^read LEDCTL$/,
    hide: "all",
    right: "ours",
    why: "13.4.15: 07068302h after a reset; QEMU has the bits that the driver of an 82545 looks at",
  },
  {
    drivers: E1000,
    what: /^read ICR$/,
    phase: /^up$/,
    hide: 0x2,
    right: "ours",
    why: "13.4.17: TXQE comes when the last descriptor was used; QEMU says it when the transmitter is turned on",
  },
  {
    drivers: E1000,
    what: /^read ICR$/,
    hide: 0x8000,
    right: "ours",
    why: "13.4.43: with LWTHRESH 0 TXD_LOW comes when no descriptor is left; QEMU never says it",
  },
  {
    drivers: E1000,
    what: /^read MDIC\(1\)$/,
    hide: 0x24,
    right: "ours",
    why: "802.3 22.2.4.2.13: link status latches low, the first read after the link came up still says down",
  },
  {
    drivers: E1000,
    what: /^read MDIC\(5\)$/,
    hide: 0x1,
    right: "ours",
    why: "802.3 28.2.1.2.1: the partner's selector field is 00001; in QEMU it is 0",
  },
  {
    drivers: E1000,
    what: /^read MDIC\(17\)$/,
    hide: 0x1000,
    right: "ours",
    why: "Marvell 88E1011, register 17: bit 12 says that a page was received, as it was",
  },
  {
    drivers: E1000,
    what: /^read (BPRC|MPRC)$/,
    phase: /^multicast/,
    hide: "all",
    right: "ours",
    why: "13.7.28: broadcasts are counted; QEMU counts none that come in because of RCTL.MPE",
  },
  {
    drivers: E1000,
    what: /^read (TPR|TOR[LH])$/,
    hide: "all",
    right: "ours",
    why: "13.7.41, 13.7.43: every packet on the wire counts; in QEMU those that pass the filter",
  },
  {
    drivers: E1000,
    what: /^read GORC[LH]$/,
    phase: /^VLAN$/,
    hide: "all",
    right: "ours",
    why: "13.7.31: octets as on the wire, with the tag; QEMU counts after it has taken the tag out",
  },
  {
    drivers: E1000,
    what: /^said$/,
    hide: /rx_broadcast|rx_csum_offload|rx_bytes|rx_long_byte_count/,
    right: "ours",
    why: "the driver's sums of the above; and 3.2.9: the chip checks checksums, in QEMU it does not",
  },
];

const RTL8139: readonly Explanation[] = [
  {
    drivers: /^8139cp$/,
    what: /^frames on the wire$/,
    hide: "padding",
    right: "ours",
    why: "no station sends less than 60 bytes (802.3 4.2.3.3); QEMU leaves it to who receives",
  },
  {
    drivers: REALTEK,
    what: /^read 9346CR/,
    hide: "all",
    right: "either",
    why: "the data pin of a 93C46 that drives nothing is high here and low there; and the words differ (ethtool -e)",
  },
  {
    drivers: REALTEK,
    what: /^read CR$/,
    hide: 0x10,
    right: "ours",
    why: "6.4: RST stays set while a reset goes on, 5 µs here and no time in QEMU",
  },
  {
    drivers: REALTEK,
    what: /^(read|write) (ANLPAR)/,
    hide: "all",
    right: "ours",
    why: "802.3 28.2.1.2.4: the partner has acknowledged (bit 14); QEMU's says that it has not",
  },
  {
    drivers: REALTEK,
    what: /^said$/,
    hide: /advertised auto-negotiation|Supports Wake-on/,
    right: "ours",
    why: "ethtool's words for the same bit; and 8139too knows of no wake-up in what it takes for a C+",
  },
  {
    drivers: REALTEK,
    what: /^(read|write) CONFIG[1345]$/,
    hide: "all",
    right: "ours",
    why:
      "6.15: a software reset leaves CONFIG1 alone, in QEMU it loses DVRLOAD; PMEn is the EEPROM's; and 8139too looks at " +
      "other registers of what it takes for a C+",
  },
  {
    drivers: /^8139too$/,
    what: /^read TCR$|^write 005b/,
    hide: "all",
    right: "ours",
    why: "6.7: HWVERID of an RTL8139C (PCI revision 10h) is 1110100b; QEMU's says C+ whatever its revision, and has a halting clock",
  },
  {
    drivers: /^8139cp$/,
    what: /^(read|write) ISR$/,
    hide: 0x80,
    right: "ours",
    why: "RTL8139C+, ISR: TDU when the transmitter finds no descriptor; QEMU does not say it",
  },
  {
    drivers: REALTEK,
    what: /^read BMCR$/,
    hide: 0x2100,
    right: "ours",
    why: "6.18: speed and duplex show what was negotiated; QEMU's stay 0",
  },
  {
    drivers: REALTEK,
    what: /^read [A-Z]\w+:0\/4$/,
    phase: /^ethtool$/,
    hide: "all",
    right: "ours",
    why: "5: registers can be read in any width; QEMU answers 0 where a register of 16 bits is read with its neighbour",
  },
  {
    drivers: REALTEK,
    what: /^said$/,
    hide: /(tx|rx)_ok|rx_err|rx_(ok_)?(phys|bcast|mcast)/,
    right: "ours",
    why:
      "tally counters: a software reset clears them in QEMU; there, frames that the filter drops count as errors, and in " +
      "promiscuous mode the kinds of address are not told apart",
  },
  {
    drivers: /^8139too$/,
    what: /^(frames to the host|write (CR|CAPR|RCR)|read (IMR|CAPR.*|CBR)|write (IMR|ISR)|read ISR)$/,
    phase: /^multicast/,
    hide: "all",
    right: "ours",
    why:
      "6.8: RCR says what is received; in QEMU a write to it also starts the receive ring anew, under a driver that reads " +
      "on where it was: it sees old frames again until it finds nonsense and resets the receiver",
  },
  {
    drivers: /^8139too$/,
    what: /^write CAPR$/,
    phase: /^(MTU|VLAN)$/,
    hide: "all",
    right: "ours",
    why: "the same: the ring is elsewhere from then on",
  },
];

export const EXPLANATIONS: readonly Explanation[] = [...CONFIGURATION, ...TOOLS, ...INTEL, ...RTL8139];
