// A network link as a device model sees it: the narrow waist between models and the world, after smoltcp's `phy`.
// A middleware (tracer, fault injector, pcap writer) is a Link around a Link.

/** A frame is what is on the wire without preamble and FCS. Its bytes are valid during the call only: whoever
 *  keeps it copies it. Any length from 0 to MAX_FRAME may arrive; it is the receiver who judges. */
export const MAX_FRAME = 65535;

export interface Link {
  /** Whether there is carrier: the cable is in and somebody is at the other end. */
  readonly carrier: boolean;
  /** Puts a frame on the wire; false when it was lost (no carrier, no room). */
  send(frame: Uint8Array): boolean;
  /** Called by the link for each frame that arrives; set by the one who owns this end. */
  onReceive: (frame: Uint8Array) => void;
  /** Called by the link when `carrier` changed. */
  onCarrier: (carrier: boolean) => void;
  /** Takes this end down for good: the other end loses carrier. */
  close(): void;
}
