// Registers whose accesses depend on when things happen, not on what: how the values of one phase are folded into what
// must be the same all the same, and why. Of every other register each change of the value is compared, in its order.

/** none: nothing can be compared. or: all bits together. sum: the total. last: where it ended. set: which values. */
export type Fold = "none" | "or" | "sum" | "last" | "set";

export interface Rule {
  readonly op?: "read" | "write";
  readonly registers: RegExp;
  readonly fold: Fold;
  readonly why: string;
}

export type Timing = readonly Rule[];

const PCI: Timing = [
  { registers: /^config (1[048c]|2[04]|30|3c)/, fold: "none", why: "the boards' address windows and vectors differ" },
];

export const e1000Timing: Timing = [
  ...PCI,
  { op: "read", registers: /^ICR$/, fold: "or", why: "causes are read together or one by one, as they come" },
  { op: "write", registers: /^(IMS|IMC|ICS)$/, fold: "set", why: "once an interrupt, or once in two seconds" },
  { op: "write", registers: /^ITR$/, fold: "none", why: "the driver sets it by the rate of packets that it sees" },
  { registers: /^[RT]D[HT]$/, fold: "last", why: "descriptors are handed over in batches of any size" },
  {
    op: "read",
    registers:
      /^(G[OP][RT]C[LH]?|[BM]P[RT]C|TO[RT][LH]|TP[RT]|P[RT]C\d+|TSCTF?C|R[NUJF].?C|ROC|MPC|.*ERR.*|X.*XC|S[CE]C)$/,
    fold: "sum",
    why: "the driver adds them up every two seconds, and each read clears them",
  },
  { registers: /^[RT]DBAL$/, fold: "none", why: "an address of memory, where the board's own frames lie differently" },
];

export const rtl8139Timing: Timing = [
  ...PCI,
  { registers: /^ISR/, fold: "or", why: "causes are read and acknowledged together or one by one, as they come" },
  { op: "write", registers: /^TPPoll$/, fold: "set", why: "once an interrupt, or once for some frames" },
  { registers: /^IMR$/, fold: "set", why: "the same; and each write is followed by a read, so that it arrives" },
  { op: "read", registers: /^CR$/, fold: "set", why: "the driver asks until the buffer is empty" },
  { op: "read", registers: /^(CBR|TSADS|TSD\d)/, fold: "last", why: "frames are under way when it is read" },
  { op: "read", registers: /^TCTR/, fold: "none", why: "a clock" },
  { op: "write", registers: /^CAPR$/, fold: "last", why: "the driver goes on after one frame or after some" },
  { registers: /^(TSAD\d|RBSTART|RDSAR[LH])$/, fold: "none", why: "addresses of memory" },
];

/** In C+ mode the first transmit status word is DTCCR. */
export const rtl8139PlusTiming: Timing = [
  { registers: /^TSD[01]/, fold: "none", why: "where in memory the tally counters go" },
  ...rtl8139Timing,
];
