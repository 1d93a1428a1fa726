// The built-in peer: a host at the other end of the cable that answers ARP and echo requests, and can ping. It pads
// its frames to the minimum, as its own network card would.
import type { Clock } from "../clock.ts";
import { Ping } from "../../host/net/ping.ts";
import type { PingOptions } from "../../host/net/ping.ts";
import { NetStack } from "../../host/net/stack.ts";
import { ETH_ZLEN } from "../../host/net/packet.ts";
import { FrameBuffer } from "./frame-buffer.ts";
import type { Link } from "./link.ts";

export const PEER_MAC: Uint8Array = Uint8Array.of(0x52, 0x55, 0x0a, 0x00, 0x02, 0x02);
const PEER_ADDRESS = "10.0.2.2/24";
/** Jumbo frames: it answers whatever size the board's interface may be set to. */
const PEER_MTU = 9000;

export class Peer {
  readonly stack: NetStack;
  readonly #padded = new FrameBuffer(ETH_ZLEN);

  constructor(link: Link, clock: Clock, address: string = PEER_ADDRESS, mac: Uint8Array = PEER_MAC) {
    this.stack = new NetStack({
      name: "peer",
      mac,
      clock,
      address,
      mtu: PEER_MTU,
      transmit: (frame) => link.send(this.#pad(frame)),
    });
    this.stack.carrier = link.carrier;
    link.onReceive = (frame) => void this.stack.receive(frame);
    link.onCarrier = (carrier) => {
      this.stack.carrier = carrier;
      if (!carrier) this.stack.arp.flush();
    };
  }

  ping(target: string, options?: PingOptions): Ping {
    return new Ping(this.stack, target, options);
  }

  #pad(frame: Uint8Array): Uint8Array {
    if (frame.length >= ETH_ZLEN) return frame;
    const { bytes } = this.#padded;
    bytes.set(frame);
    bytes.fill(0, frame.length, ETH_ZLEN);
    return this.#padded.view(ETH_ZLEN);
  }
}
