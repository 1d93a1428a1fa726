// A network card: a PCI function with a MAC address, into which the board plugs a cable. The cable may have no room for
// a frame, and the card none for one that arrives: each then says so, and who sends waits (boards/links/link.ts).
import type { Link } from "../links/link.ts";
import type { Timer } from "../clock.ts";
import type { Fault } from "../faults.ts";
import { ETH_ZLEN } from "../../host/net/packet.ts";
import { FrameBuffer } from "../links/frame-buffer.ts";
import { Outlet } from "../links/outlet.ts";
import { PciFunction } from "./pci/function.ts";

export abstract class Nic extends PciFunction {
  /** MAC address as the EEPROM was programmed in the factory. */
  readonly mac: Uint8Array;
  #link: Link | undefined;
  #outlet: Outlet | undefined;
  /** A frame waits on the cable for room in the card. */
  #held = false;
  readonly #short = new FrameBuffer(ETH_ZLEN);
  /** A fault: the plug is out of the card, whatever the link says. */
  #unplugged = false;
  #plugIn: Timer | undefined;

  constructor(mac: Uint8Array) {
    super();
    this.mac = mac;
  }

  /** The cable, if there is one. */
  get link(): Link | undefined {
    return this.#link;
  }

  /** Whether there is somebody at the other end. */
  get carrier(): boolean {
    return this.#link !== undefined && this.#link.carrier && !this.#unplugged;
  }

  /** Plugs the cable in; before the board is powered on, so that the link is up by then. */
  attachLink(link: Link): void {
    this.#link = link;
    this.#outlet = new Outlet(link, () => this.cableReady());
    link.onReceive = (frame) => {
      const taken = this.#unplugged || this.frameArrived(link.real ? this.#padded(frame) : frame);
      this.#held = !taken;
      return taken;
    };
    link.onMissed = (frame) => {
      this.#held = false;
      this.frameMissed(link.real ? this.#padded(frame) : frame);
    };
    link.onCarrier = () => this.carrierChanged(this.carrier);
  }

  /** What comes from programs was never on a wire, where no frame is shorter. */
  #padded(frame: Uint8Array): Uint8Array {
    if (frame.length >= ETH_ZLEN) return frame;
    const { bytes } = this.#short;
    bytes.set(frame);
    bytes.fill(0, frame.length, ETH_ZLEN);
    return this.#short.view(ETH_ZLEN);
  }

  override get faults(): readonly Fault[] {
    return ["link-flap", "descriptor-error", ...super.faults];
  }

  override fault(fault: Fault, amount: number): void {
    if (fault !== "link-flap") {
      super.fault(fault, amount);
      return;
    }
    this.#plug(false);
    this.#plugIn ??= this.clock.timer(() => this.#plug(true));
    if (amount === Infinity) this.#plugIn.cancel();
    else this.#plugIn.set(amount * 1e9);
  }

  #plug(plugged: boolean): void {
    const before = this.carrier;
    this.#unplugged = !plugged;
    if (this.carrier === before) return;
    this.carrierChanged(this.carrier);
    this.roomMade();
  }

  override close(): void {
    this.#link?.close();
  }

  // ── What a model does. ──

  /** Whether the cable takes frames. A card that goes on all the same finishes what it has begun, no more. */
  get cableHasRoom(): boolean {
    return this.#outlet === undefined || this.#outlet.ready;
  }

  /** Puts a frame on the cable. */
  put(frame: Uint8Array): void {
    this.#outlet?.send(frame);
  }

  /** There may be room again for what frameArrived did not take. */
  roomMade(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#link!.resume();
  }

  // ── What it is told. ──

  /** A frame from the cable, from destination address to the end of the data. False: the card has no room for it, and
   *  calls roomMade() when that may have changed; nothing has been counted. */
  protected abstract frameArrived(frame: Uint8Array): boolean;

  /** The cable could not wait: the frame that had no room is lost, and counted. */
  protected abstract frameMissed(frame: Uint8Array): void;

  /** The cable has room again. */
  protected abstract cableReady(): void;

  protected abstract carrierChanged(carrier: boolean): void;
}
