// Which frames the receiver takes (13.4.22, 13.5): exact addresses, the multicast hash table, promiscuous modes, VLANs.
import { get16 } from "../../../../host/net/packet.ts";
import type { E1000 } from "./chip.ts";
import {
  MTA,
  RA,
  RAH_AS,
  RAH_AV,
  RA_ENTRIES,
  RCTL,
  RCTL_BAM,
  RCTL_CFI,
  RCTL_CFIEN,
  RCTL_MO_SHIFT,
  RCTL_MPE,
  RCTL_UPE,
  RCTL_VFE,
  VET,
  VFTA,
} from "./registers.ts";

export const REJECTED = 0;
const MATCHED = 1;
/** Taken for its hash alone: the driver has to look again. */
export const MATCHED_INEXACTLY = 2;

const TYPE = 12;
const TCI = 14;
const TCI_CFI = 0x1000;

export function addressMatch(chip: E1000, bytes: Uint8Array): number {
  const { value } = chip.regs;
  const rctl = value[RCTL >> 2]!;
  const low = (bytes[0]! | (bytes[1]! << 8) | (bytes[2]! << 16) | (bytes[3]! << 24)) >>> 0;
  const high = bytes[4]! | (bytes[5]! << 8);
  if ((low & 1) !== 0) {
    if ((rctl & RCTL_MPE) !== 0) return MATCHED;
    if (low === 0xffffffff && high === 0xffff && (rctl & RCTL_BAM) !== 0) return MATCHED;
  } else if ((rctl & RCTL_UPE) !== 0) return MATCHED;
  for (let i = 0, at = RA >> 2; i < RA_ENTRIES; i++, at += 2) {
    const top = value[at + 1]!;
    // Valid, and to be compared with the destination.
    if (value[at] === low && (top & (RAH_AV | RAH_AS | 0xffff)) === (RAH_AV | high)) return MATCHED;
  }
  if ((low & 1) === 0) return REJECTED;
  return hashMatch(value, (rctl >>> RCTL_MO_SHIFT) & 3, high) ? MATCHED_INEXACTLY : REJECTED;
}

/** RCTL.MO: which 12 bits of the address are looked up; 47:36, 46:35, 45:34 or 43:32. */
function hashMatch(value: Uint32Array, offset: number, high: number): boolean {
  const hash = (high >>> (offset === 3 ? 0 : 4 - offset)) & 0xfff;
  return ((value[(MTA >> 2) + (hash >>> 5)]! >>> (hash & 31)) & 1) !== 0;
}

/** Whether the frame carries a tag of the type that VET says. */
export function isTagged(chip: E1000, bytes: Uint8Array, length: number): boolean {
  return length >= TCI + 4 && get16(bytes, TYPE) === chip.regs.value[VET >> 2];
}

/** RCTL.VFE: of tagged frames only those whose VLAN is in VFTA, and whose CFI is as wanted. */
export function vlanMatch(chip: E1000, bytes: Uint8Array, length: number): boolean {
  const { value } = chip.regs;
  const rctl = value[RCTL >> 2]!;
  if ((rctl & RCTL_VFE) === 0 || !isTagged(chip, bytes, length)) return true;
  const tci = get16(bytes, TCI);
  if ((rctl & RCTL_CFIEN) !== 0 && ((tci & TCI_CFI) !== 0) !== ((rctl & RCTL_CFI) !== 0)) return false;
  const id = tci & 0xfff;
  return ((value[(VFTA >> 2) + (id >>> 5)]! >>> (id & 31)) & 1) !== 0;
}
