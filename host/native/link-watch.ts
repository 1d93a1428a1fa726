// rtnetlink(7): what becomes of one interface of the host, as the kernel tells it.

import { closeSync } from "node:fs";
import { NativeFd, systemError } from "./fd.ts";
import { koffi, libcFunction } from "./koffi.ts";
import { POLLIN, Poller, type Watch } from "./poller.ts";

/** linux/netlink.h, linux/rtnetlink.h, linux/if_link.h. */
const AF_NETLINK = 16;
const SOCK_RAW_NONBLOCK_CLOEXEC = 3 | 0o4000 | 0o2000000;
const NETLINK_ROUTE = 0;
const RTMGRP_LINK = 1;
const RTM_NEWLINK = 16;
const RTM_DELLINK = 17;
const RTM_GETLINK = 18;
const NLM_F_REQUEST = 1;
const NLMSG_HDRLEN = 16;
const IFINFOMSG_BYTES = 16;
const IFLA_MTU = 4;
const IFF_UP = 1;

const BUFFER_BYTES = 32768;

export interface LinkState {
  /** IFF_UP. */
  readonly up: boolean;
  readonly mtu: number;
}

export class LinkWatch {
  readonly #native: NativeFd;
  readonly #fd: number;
  readonly #index: number;
  readonly #changed: (state: LinkState | undefined) => void;
  readonly #watch: Watch;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);

  /** Watches interface `index` of the namespace that the thread is in. `changed` is told its state, at first soon and then
   *  each time that anything changes; undefined: it has left the namespace. */
  constructor(purpose: string, index: number, changed: (state: LinkState | undefined) => void) {
    this.#native = new NativeFd(purpose);
    this.#index = index;
    this.#changed = changed;
    const socket = libcFunction(purpose, "int socket(int family, int type, int protocol)");
    const bind = libcFunction(purpose, "int bind(int fd, void *address, uint length)");
    this.#fd = socket(AF_NETLINK, SOCK_RAW_NONBLOCK_CLOEXEC, NETLINK_ROUTE);
    if (this.#fd < 0) throw systemError("socket", koffi(purpose).errno());
    const address = new Uint8Array(12);
    const view = new DataView(address.buffer);
    view.setUint16(0, AF_NETLINK, true);
    view.setUint32(8, RTMGRP_LINK, true);
    if (bind(this.#fd, address, address.length) < 0) throw systemError("bind", koffi(purpose).errno());
    this.#ask();
    this.#watch = Poller.shared(purpose).watch(this.#fd, () => this.#read());
    this.#watch.arm(POLLIN);
  }

  close(): void {
    this.#watch.close();
    closeSync(this.#fd);
  }

  /** RTM_GETLINK of the one interface. */
  #ask(): void {
    const message = new Uint8Array(NLMSG_HDRLEN + IFINFOMSG_BYTES);
    const view = new DataView(message.buffer);
    view.setUint32(0, message.length, true);
    view.setUint16(4, RTM_GETLINK, true);
    view.setUint16(6, NLM_F_REQUEST, true);
    view.setInt32(NLMSG_HDRLEN + 4, this.#index, true);
    this.#native.write(this.#fd, message, message.length);
  }

  #read(): void {
    let state: LinkState | undefined;
    for (let length = 0; (length = this.#native.read(this.#fd, this.#buffer, BUFFER_BYTES)) > 0;) {
      const view = new DataView(this.#buffer.buffer, 0, length);
      for (let at = 0; at + NLMSG_HDRLEN <= length;) {
        const bytes = view.getUint32(at, true);
        const type = view.getUint16(at + 4, true);
        if (bytes < NLMSG_HDRLEN || at + bytes > length) break;
        const ours =
          bytes >= NLMSG_HDRLEN + IFINFOMSG_BYTES && view.getInt32(at + NLMSG_HDRLEN + 4, true) === this.#index;
        if (ours && type === RTM_DELLINK) return this.#changed(undefined);
        if (ours && type === RTM_NEWLINK) state = parse(view, at + NLMSG_HDRLEN, at + bytes);
        at += (bytes + 3) & ~3;
      }
    }
    this.#watch.arm(POLLIN);
    if (state !== undefined) this.#changed(state);
  }
}

/** struct ifinfomsg and the attributes behind it. */
function parse(view: DataView, start: number, end: number): LinkState {
  let mtu = 0;
  for (let at = start + IFINFOMSG_BYTES; at + 4 <= end;) {
    const length = view.getUint16(at, true);
    if (length < 4 || at + length > end) break;
    if (view.getUint16(at + 2, true) === IFLA_MTU && length >= 8) mtu = view.getUint32(at + 4, true);
    at += (length + 3) & ~3;
  }
  return { up: (view.getUint32(start + 8, true) & IFF_UP) !== 0, mtu };
}
