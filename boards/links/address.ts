// Where a socket is: "unix:PATH" or "HOST:PORT", an IPv6 address in brackets.
import { KpiError } from "../../host/error.ts";

export type SocketAddress = { readonly path: string } | { readonly host: string; readonly port: number };

/** The longest path of a UNIX socket, sun_path. */
const PATH_MAX = 107;

export function parseAddress(text: string, where: string): SocketAddress {
  if (text.startsWith("unix:")) {
    const path = text.slice(5);
    if (path === "") throw new KpiError(`${where}: there is no path behind unix:`, 2);
    if (Buffer.byteLength(path) > PATH_MAX) {
      throw new KpiError(`${where}: the path of a UNIX socket has at most ${PATH_MAX} bytes`, 2);
    }
    return { path };
  }
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65535) throw new KpiError(`${where}: "${text}" is neither unix:PATH nor HOST:PORT`, 2);
  return { host: (match[1] ?? match[2])!, port };
}

export function formatAddress(address: SocketAddress): string {
  if ("path" in address) return `unix:${address.path}`;
  return address.host.includes(":") ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}
