// Takes off again what a card has put behind a short packet to make a frame of 60 bytes. In a stream there is no shortest
// frame, and passts of some years drop an IP packet that ends before its frame does: every acknowledgement without data.
import { ETH_HLEN, ETH_P_IP, ETH_P_IPV6, IPV6_HLEN, get16 } from "../../host/net/packet.ts";
import { FrameBuffer } from "./frame-buffer.ts";
import { Middleware } from "./middleware.ts";

/** Longer frames have no padding. Some cards pad for the FCS too. */
const PADDED = 64;

/** How much of the frame is packet. */
function packetLength(frame: Uint8Array): number {
  const { length } = frame;
  if (length > PADDED || length < ETH_HLEN + 6) return length;
  const type = get16(frame, 12);
  // Both have their length, without or with the header, at their bytes 4 and 2.
  if (type === ETH_P_IP) return Math.min(length, ETH_HLEN + get16(frame, ETH_HLEN + 2));
  if (type === ETH_P_IPV6) return Math.min(length, ETH_HLEN + IPV6_HLEN + get16(frame, ETH_HLEN + 4));
  return length;
}

export class Unpadded extends Middleware {
  readonly #frame = new FrameBuffer(PADDED);

  override send(frame: Uint8Array): boolean {
    const length = packetLength(frame);
    if (length === frame.length) return super.send(frame);
    this.#frame.bytes.set(frame);
    return super.send(this.#frame.view(length));
  }
}
