// What the receiver tells the two kinds of ring about a frame.

export const FCS_BYTES = 4;

/** What a ring did with it. */
export const STORED = 1;
export const LOST = 0; // the bus failed, or no ring of this size has room for it
export const NO_ROOM = -1; // the driver has not given enough yet

/** How its destination matched. */
export const MATCH_NONE = 0; // not at all: taken by RCR.AAP
export const MATCH_PHYSICAL = 1;
export const MATCH_MULTICAST = 2;
export const MATCH_BROADCAST = 3;
