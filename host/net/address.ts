// MAC and IPv4 addresses as text, in the notations of `ip`.
import { KpiError } from "../error.ts";
import { ETH_ALEN } from "./packet.ts";

export const BROADCAST_MAC: Uint8Array = new Uint8Array(ETH_ALEN).fill(0xff);
export const ZERO_MAC: Uint8Array = new Uint8Array(ETH_ALEN);

export function formatMac(bytes: Uint8Array, at = 0): string {
  let text = "";
  for (let i = 0; i < ETH_ALEN; i++) text += (i === 0 ? "" : ":") + bytes[at + i]!.toString(16).padStart(2, "0");
  return text;
}

/** Six bytes from "52:54:00:12:34:56"; undefined if the text is not a MAC address. */
export function parseMac(text: string): Uint8Array | undefined {
  if (!/^[0-9a-f]{1,2}([:-][0-9a-f]{1,2}){5}$/i.test(text)) return undefined;
  return Uint8Array.from(text.split(/[:-]/), (part) => parseInt(part, 16));
}

export function formatIp(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/** The number of "10.0.2.2"; undefined if the text is not an IPv4 address. */
export function parseIp(text: string): number | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (parts === undefined || parts.some((part) => part > 255)) return undefined;
  return ((parts[0]! << 24) | (parts[1]! << 16) | (parts[2]! << 8) | parts[3]!) >>> 0;
}

export interface Prefix {
  readonly address: number;
  readonly length: number;
}

/** "10.0.2.15/24"; without a length a host's own address, /32. */
export function parsePrefix(text: string): Prefix {
  const match = /^([^/]*)(?:\/(\d{1,2}))?$/.exec(text);
  const address = match === null ? undefined : parseIp(match[1]!);
  const length = Number(match?.[2] ?? 32);
  if (address === undefined || length > 32) {
    throw new KpiError(`"${text}" is not an IPv4 address with a prefix length, as 10.0.2.15/24 is`, 2);
  }
  return { address, length };
}

export function netmask(length: number): number {
  return length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0;
}
