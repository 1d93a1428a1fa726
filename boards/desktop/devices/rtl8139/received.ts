// What the receiver tells the two kinds of ring about a frame.

export const FCS_BYTES = 4;

/** How its destination matched. */
export const MATCH_NONE = 0; // not at all: taken by RCR.AAP
export const MATCH_PHYSICAL = 1;
export const MATCH_MULTICAST = 2;
export const MATCH_BROADCAST = 3;
