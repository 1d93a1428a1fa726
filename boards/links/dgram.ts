// A link over datagrams, one a frame: QEMU's `-netdev dgram`, another board. Nobody tells whether there is somebody at the
// other end, so there is always carrier; what nobody takes is lost.
import { errorText } from "../../host/errno.ts";
import { Datagram } from "../../host/native/datagram.ts";
import { type SocketAddress, formatAddress } from "./address.ts";
import { DescriptorLink } from "./descriptor-link.ts";

/** Nobody is there, or not any more, or the frame is longer than a datagram. */
const HARMLESS = new Set([2, 32, 90, 104, 107, 111]); // ENOENT EPIPE EMSGSIZE ECONNRESET ENOTCONN ECONNREFUSED

export class DatagramLink extends DescriptorLink {
  readonly carrier = true;
  readonly #socket: Datagram;

  constructor(local: SocketAddress, remote: SocketAddress) {
    const name = `dgram:${formatAddress(remote)}`;
    super(name);
    this.#socket = new Datagram(name, local, remote);
    this.opened(this.#socket.fd);
  }

  protected read(bytes: Uint8Array, length: number): number {
    return this.#socket.read(bytes, length);
  }

  protected write(frame: Uint8Array): number {
    return this.#socket.write(frame);
  }

  protected fatal(errno: number): string | undefined {
    return HARMLESS.has(errno) ? undefined : errorText(-errno);
  }

  protected release(): void {
    this.#socket.close();
  }
}
