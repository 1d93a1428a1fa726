// TAP devices, Documentation/networking/tuntap.rst: an interface of the host's kernel whose other end is a file
// descriptor. What it sends is read there, one packet a call, and what is written there it receives. Before each packet lies a
// virtio_net_hdr: the interface leaves checksums and the segmentation of TCP to whoever reads.

import { closeSync, openSync } from "node:fs";
import { VNET_HLEN } from "../../boards/links/vnet-header.ts";
import { KpiError } from "../error.ts";
import { errorName, errorText, systemErrorText } from "../errno.ts";
import { NativeFd } from "./fd.ts";
import { koffi, libcFunction } from "./koffi.ts";
import { LinkWatch, type LinkState } from "./link-watch.ts";
import { inNamespace, namespaceOf } from "./netns.ts";

const DEVICE = "/dev/net/tun";

/** linux/if_tun.h, linux/sockios.h, linux/if.h. */
const TUNSETIFF = 0x400454ca;
const TUNSETOFFLOAD = 0x400454d0;
const TUNSETVNETHDRSZ = 0x400454d8;
const TUNSETVNETLE = 0x400454dc;
const TUNGETDEVNETNS = 0x54e3;
const SIOCSIFHWADDR = 0x8924;
const SIOCGIFINDEX = 0x8933;
const IFF_TAP = 0x0002;
const IFF_NO_PI = 0x1000;
const IFF_VNET_HDR = 0x4000;
/** CSUM, TSO4, TSO6, TSO_ECN. */
const OFFLOADS = 1 | 2 | 4 | 8;
const IFNAMSIZ = 16;
const IFREQ_BYTES = 40;
const ARPHRD_ETHER = 1;
const O_RDWR_NONBLOCK = 0o2 | 0o4000;
const AF_INET = 2;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;

const EPERM = 1;
const EBUSY = 16;
const EINVAL = 22;

/** The interface is down. */
export const EIO = 5;
/** The kernel has deleted the interface. */
export const EBADFD = 77;

export interface TapOptions {
  /** The network namespace to make or find the interface in, as `ip netns` names them; default: the process's own. */
  readonly netns?: string | undefined;
  /** Called when the interface goes up or down, or what else it shows changes. */
  onState(state: LinkState): void;
  /** Called when the interface is gone. */
  onGone(): void;
}

type Ioctl = (fd: number, request: number, argument: Uint8Array | number) => number;

export class Tap {
  readonly name: string;
  readonly fd: number;
  readonly #native: NativeFd;
  readonly #ioctl: Ioctl;
  readonly #errno: () => number;
  readonly #options: TapOptions;
  #index = 0;
  #watch: LinkWatch | undefined;
  #closed = false;

  /** Attaches to the TAP of that name, which is made if there is none. */
  constructor(name: string, options: TapOptions) {
    if (!/^[^\s/:]{1,15}$/.test(name)) {
      throw new KpiError(`tap:${name}: an interface's name has 1 to 15 characters, no space, slash or colon`, 2);
    }
    const purpose = `link tap:${name}`;
    this.name = name;
    this.#options = options;
    this.#errno = koffi(purpose).errno;
    this.#native = new NativeFd(purpose);
    // A third argument that is an address or a number: the same register.
    this.#ioctl = libcFunction(purpose, "int ioctl(int fd, ulong request, void *argument)") as Ioctl;
    this.fd = inNamespace(options.netns, () => this.#open());
  }

  #open(): number {
    let fd: number;
    try {
      fd = openSync(DEVICE, O_RDWR_NONBLOCK);
    } catch (error) {
      const denied = (error as NodeJS.ErrnoException).code === "EACCES";
      const remedy = denied ? `run as root, or let users open it: chmod 666 ${DEVICE}` : "TAP is Linux's: modprobe tun";
      throw new KpiError(`link tap:${this.name}: ${DEVICE}: ${systemErrorText(error)}; ${remedy}`);
    }
    try {
      const request = this.#request();
      new DataView(request.buffer).setUint16(IFNAMSIZ, IFF_TAP | IFF_NO_PI | IFF_VNET_HDR, true);
      if (this.#ioctl(fd, TUNSETIFF, request) < 0) throw new KpiError(this.#refused(this.#errno()), 1);
      // One that was made to stay may have been left with another header by its last user.
      this.#ioctl(fd, TUNSETVNETHDRSZ, new Uint8Array(Int32Array.of(VNET_HLEN).buffer));
      this.#ioctl(fd, TUNSETVNETLE, new Uint8Array(Int32Array.of(1).buffer));
      // Where it is refused, all packets are frames with nothing left to do.
      this.#ioctl(fd, TUNSETOFFLOAD, OFFLOADS);
      this.#observe();
      return fd;
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  #refused(errno: number): string {
    const { name } = this;
    const why: Record<number, string> = {
      [EPERM]: `no permission: run as root, or have it made for you: ip tuntap add ${name} mode tap user $USER`,
      [EBUSY]: "another program has it open",
      [EINVAL]: `there is an interface ${name} already, and it is no TAP`,
    };
    return `link tap:${name}: ${why[errno] ?? `${errorText(-errno)} (${errorName(-errno) ?? errno})`}`;
  }

  /** struct ifreq with the name in it. */
  #request(): Uint8Array<ArrayBuffer> {
    const request = new Uint8Array(IFREQ_BYTES);
    request.set(Buffer.from(this.name));
    return request;
  }

  /** Looks at the interface from now on; the calling thread is in its namespace. */
  #observe(): void {
    const purpose = `link tap:${this.name}`;
    const socket = libcFunction(purpose, "int socket(int family, int type, int protocol)");
    const request = this.#request();
    const fd: number = socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0);
    if (fd >= 0) {
      this.#ioctl(fd, SIOCGIFINDEX, request);
      closeSync(fd);
    }
    this.#index = new DataView(request.buffer).getInt32(IFNAMSIZ, true);
    this.#watch = new LinkWatch(purpose, this.#index, (state) => {
      if (state !== undefined) this.#options.onState(state);
      else this.#missing();
    });
  }

  /** It has left the namespace: deleted, or moved to another one. */
  #missing(): void {
    this.#watch?.close();
    this.#watch = undefined;
    if (this.#closed) return;
    const fd = this.#ioctl(this.fd, TUNGETDEVNETNS, 0);
    if (fd < 0) return this.#options.onGone();
    try {
      namespaceOf(fd, () => this.#observe());
    } finally {
      closeSync(fd);
    }
  }

  /** Reads one packet with its header; negative: the errno, -EAGAIN if there is none. */
  read(bytes: Uint8Array, length: number): number {
    return this.#native.read(this.fd, bytes, length);
  }

  /** Hands the interface a packet with its header; negative: the errno. */
  write(packet: Uint8Array): number {
    return this.#native.write(this.fd, packet, packet.length);
  }

  /** Gives the interface a MAC address. */
  setAddress(mac: Uint8Array): void {
    const request = this.#request();
    new DataView(request.buffer).setUint16(IFNAMSIZ, ARPHRD_ETHER, true);
    request.set(mac, IFNAMSIZ + 2);
    if (this.#ioctl(this.fd, SIOCSIFHWADDR, request) < 0) {
      throw new KpiError(`link tap:${this.name}: it does not take the address: ${errorText(-this.#errno())}`);
    }
  }

  /** Lets go of the interface, which is gone with that unless it was made to stay. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#watch?.close();
    // One that stays is not left waiting for somebody who does its work.
    this.#ioctl(this.fd, TUNSETOFFLOAD, 0);
    closeSync(this.fd);
  }
}
