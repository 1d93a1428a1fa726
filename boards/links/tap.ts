// A link to a TAP device: what the host's network stack sends there arrives here. There is carrier while the interface is
// up. What its kernel cannot take of what is sent there, it counts itself.
//
// The interface leaves checksums and the cutting of large TCP packets to us, and takes large ones: one read and one write
// for what would be forty of them. Who owns the link gets and sends real frames all the same; an owner that can do
// with whole packets (PacketPort) gets those.
import { errorText } from "../../host/errno.ts";
import { EBADFD, EIO, Tap } from "../../host/native/tuntap.ts";
import type { Timer } from "../clock.ts";
import { DescriptorLink } from "./descriptor-link.ts";
import { FrameBuffer, FrameViews } from "./frame-buffer.ts";
import { MAX_FRAME, type LinkServices, type PacketPort } from "./link.ts";
import { Merger } from "./merger.ts";
import { Segments } from "./segments.ts";
import { FLAGS, F_NEEDS_CSUM, GSO_TYPE, VNET_HLEN } from "./vnet-header.ts";

/** Where frames begin in the buffers, so that their words are aligned; their headers lie before them. */
const START = 16;
/** The largest packet of IP, and Ethernet's header with tags. */
const LONGEST = 65536 + 32;
const EINVAL = 22;

export class TapLink extends DescriptorLink implements PacketPort {
  onPacket: ((packet: Uint8Array) => boolean) | undefined;
  mtu: number | undefined;

  readonly #tap: Tap;
  #up = false;
  readonly #in = new FrameBuffer(START + LONGEST);
  readonly #inRoom = this.#in.bytes.subarray(START - VNET_HLEN);
  readonly #packets = new FrameViews(this.#in.bytes, START - VNET_HLEN);
  readonly #frames = new FrameViews(this.#in.bytes, START);
  /** Bytes that were fetched last. */
  #length = 0;
  readonly #segments = new Segments(this.#in, START);

  readonly #out = new FrameBuffer(START + MAX_FRAME);
  readonly #outPackets = new FrameViews(this.#out.bytes, START - VNET_HLEN);
  readonly #merger = new Merger();
  /** Ends the wait for a frame that follows what is held. */
  #timer: Timer | undefined;

  constructor(name: string, netns?: string) {
    super(`tap:${name}`);
    this.#tap = new Tap(name, {
      netns,
      onState: ({ up, mtu }) => {
        this.#setMtu(mtu);
        this.#changed(up);
      },
      onGone: () => this.fail("it is gone: somebody has deleted it"),
    });
    this.opened(this.#tap.fd);
  }

  override start(services: LinkServices): void {
    this.#timer = services.clock.timer(() => void this.#flush());
    super.start(services);
  }

  get packets(): PacketPort {
    return this;
  }

  get carrier(): boolean {
    return this.#up;
  }

  /** The interface gets the address of the one that it stands for. */
  setAddress(mac: Uint8Array): void {
    this.#tap.setAddress(mac);
  }

  protected fetch(): number {
    return (this.#length = this.#tap.read(this.#inRoom, this.#inRoom.length));
  }

  protected deliver(): boolean {
    const segments = this.#segments;
    if (segments.left === 0) {
      const { bytes } = this.#in;
      const length = Math.max(this.#length - VNET_HLEN, 0);
      if (this.onPacket !== undefined) return this.onPacket(this.#packets.view(VNET_HLEN + length));
      const header = START - VNET_HLEN;
      const whole = (bytes[header + FLAGS]! & F_NEEDS_CSUM) === 0 && bytes[header + GSO_TYPE] === 0;
      if (whole && length <= MAX_FRAME) return this.onReceive(this.#frames.view(length)) !== false;
      // One that makes no sense is lost, as in kernels.
      if (whole || !segments.begin(length)) {
        this.lost++;
        return true;
      }
    }
    while (segments.left > 0) {
      if (this.onReceive(segments.first) === false) return false;
      segments.drop();
    }
    return true;
  }

  protected write(frame: Uint8Array): boolean {
    const merger = this.#merger;
    if (merger.count > 0) {
      if (merger.add(frame)) {
        if (merger.ended) this.#flush();
        return true;
      }
      if (!this.#flush()) return false;
    }
    if (this.#timer !== undefined && merger.begin(frame)) {
      this.#timer.set(0);
      return true;
    }
    this.#out.bytes.set(frame, START);
    return this.written(this.#tap.write(this.#outPackets.view(VNET_HLEN + frame.length)));
  }

  sendPacket(packet: Uint8Array): boolean {
    if (this.closed) {
      this.lost++;
      return true;
    }
    this.expect();
    return this.written(this.#tap.write(packet));
  }

  /** Writes what is held; false: there is no room. */
  #flush(): boolean {
    const merger = this.#merger;
    if (merger.count === 0) return true;
    this.#timer!.cancel();
    if (!this.written(this.#tap.write(merger.finish()), merger.count)) return false;
    merger.drop();
    return true;
  }

  protected override writable(): void {
    if (this.#flush()) super.writable();
  }

  protected fatal(errno: number): string | undefined {
    if (errno === EBADFD) return "it is gone: somebody has deleted it";
    // Writing: the interface is down, or the frame is shorter than a header.
    return errno === EIO || errno === EINVAL ? undefined : errorText(-errno);
  }

  protected release(): void {
    this.#timer?.cancel();
    this.lost += this.#merger.count;
    this.#merger.drop();
    this.#segments.clear();
    this.#tap.close();
    this.#changed(false);
  }

  #setMtu(mtu: number): void {
    if (mtu === this.mtu) return;
    this.mtu = mtu;
    this.onMtu();
  }

  #changed(up: boolean): void {
    if (up === this.#up) return;
    this.#up = up;
    this.onCarrier(up);
  }
}
