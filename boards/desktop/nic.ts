// A network card: a PCI function with a MAC address, into which the board plugs a cable.
import type { Link } from "../links/link.ts";
import type { Timer } from "../board.ts";
import type { Fault } from "../faults.ts";
import { PciFunction } from "./pci/function.ts";

export abstract class Nic extends PciFunction {
  /** MAC address as the EEPROM was programmed in the factory. */
  readonly mac: Uint8Array;
  #link: Link | undefined;
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
    link.onReceive = (frame) => {
      if (!this.#unplugged) this.frameArrived(frame);
    };
    link.onCarrier = () => this.carrierChanged(this.carrier);
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
    if (this.carrier !== before) this.carrierChanged(this.carrier);
  }

  override close(): void {
    this.#link?.close();
  }

  /** A frame from the cable, from destination address to the end of the data. */
  protected abstract frameArrived(frame: Uint8Array): void;

  protected abstract carrierChanged(carrier: boolean): void;
}
