// A link around a link. As it is, it changes nothing; what makes it useful overrides send() or received().
import type { Link, LinkServices } from "./link.ts";

const ignore = (): void => {};

export class Middleware implements Link {
  readonly inner: Link;
  onReceive: (frame: Uint8Array) => boolean | void = ignore;
  onMissed: (frame: Uint8Array) => void = ignore;
  onReady: () => void = ignore;
  onCarrier: (carrier: boolean) => void = ignore;
  onMtu: () => void = ignore;

  constructor(inner: Link) {
    this.inner = inner;
    inner.onReceive = (frame) => this.received(frame);
    inner.onMissed = (frame) => this.onMissed(frame);
    inner.onReady = () => this.onReady();
    inner.onCarrier = (carrier) => this.onCarrier(carrier);
    inner.onMtu = () => this.onMtu();
  }

  get mtu(): number | undefined {
    return this.inner.mtu;
  }

  get carrier(): boolean {
    return this.inner.carrier;
  }

  get real(): boolean {
    return this.inner.real;
  }

  get lost(): number {
    return this.inner.lost;
  }

  start(services: LinkServices): void {
    this.inner.start(services);
  }

  send(frame: Uint8Array): boolean {
    return this.inner.send(frame);
  }

  resume(): void {
    this.inner.resume();
  }

  setAddress(mac: Uint8Array): void {
    this.inner.setAddress?.(mac);
  }

  close(): void {
    this.inner.close();
  }

  /** A frame from the inner link, for the owner of this one. */
  protected received(frame: Uint8Array): boolean | void {
    return this.onReceive(frame);
  }
}
