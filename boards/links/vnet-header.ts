// struct virtio_net_hdr (linux/virtio_net.h, VIRTIO 1.2 5.1.6): what is left to do to the packet that follows it. TAPs have one before
// each packet. Its numbers are little-endian, as this side asks for.
export const VNET_HLEN = 10;

export const FLAGS = 0;
export const GSO_TYPE = 1;
export const HDR_LEN = 2;
export const GSO_SIZE = 4;
export const CSUM_START = 6;
export const CSUM_OFFSET = 8;

/** The checksum field holds the sum of the pseudo header: the rest from csum_start on is to be added. */
export const F_NEEDS_CSUM = 1;

export const GSO_NONE = 0;
export const GSO_TCPV4 = 1;
export const GSO_TCPV6 = 4;
/** Its first segment has CWR. */
export const GSO_ECN = 0x80;

export function getLe16(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8);
}

export function putLe16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
}
