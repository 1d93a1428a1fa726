// A link over datagrams, one a frame: QEMU's `-netdev dgram`, another board. Nobody tells whether there is somebody at the
// other end, so there is always carrier; what nobody takes is lost.
import { errorText } from "../../host/errno.ts";
import { Datagram } from "../../host/native/datagram.ts";
import { type SocketAddress, formatAddress } from "./address.ts";
import { DescriptorLink } from "./descriptor-link.ts";
import { FrameBuffer } from "./frame-buffer.ts";
import { MAX_FRAME } from "./link.ts";

/** Nobody is there, or not any more, or the frame is longer than a datagram. */
const HARMLESS = new Set([2, 32, 90, 104, 107, 111]); // ENOENT EPIPE EMSGSIZE ECONNRESET ENOTCONN ECONNREFUSED

export class DatagramLink extends DescriptorLink {
  readonly carrier = true;
  readonly #socket: Datagram;
  readonly #frame = new FrameBuffer(MAX_FRAME);
  /** Bytes of the frame that was fetched. */
  #length = 0;

  constructor(local: SocketAddress, remote: SocketAddress) {
    const name = `dgram:${formatAddress(remote)}`;
    super(name);
    this.#socket = new Datagram(name, local, remote);
    this.opened(this.#socket.fd);
  }

  protected fetch(): number {
    return (this.#length = this.#socket.read(this.#frame.bytes, MAX_FRAME));
  }

  protected deliver(): boolean {
    return this.onReceive(this.#frame.view(this.#length)) !== false;
  }

  protected write(frame: Uint8Array): boolean {
    return this.written(this.#socket.write(frame));
  }

  protected fatal(errno: number): string | undefined {
    return HARMLESS.has(errno) ? undefined : errorText(-errno);
  }

  protected release(): void {
    this.#socket.close();
  }
}
