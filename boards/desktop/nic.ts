// A network card: a PCI function with a MAC address, into which the board plugs a cable.
import type { Link } from "../links/link.ts";
import { PciFunction } from "./pci/function.ts";

export abstract class Nic extends PciFunction {
  /** MAC address as the EEPROM was programmed in the factory. */
  readonly mac: Uint8Array;
  #link: Link | undefined;

  constructor(mac: Uint8Array) {
    super();
    this.mac = mac;
  }

  /** The cable, if there is one. */
  get link(): Link | undefined {
    return this.#link;
  }

  /** Plugs the cable in; before the board is powered on, so that the link is up by then. */
  attachLink(link: Link): void {
    this.#link = link;
    link.onReceive = (frame) => this.frameArrived(frame);
    link.onCarrier = (carrier) => this.carrierChanged(carrier);
  }

  override close(): void {
    this.#link?.close();
  }

  /** A frame from the cable, from destination address to the end of the data. */
  protected abstract frameArrived(frame: Uint8Array): void;

  protected abstract carrierChanged(carrier: boolean): void;
}
