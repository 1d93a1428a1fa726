// No cable: never a carrier.
import { LinkEnd } from "./link.ts";

export class NoLink extends LinkEnd {
  readonly carrier = false;
  readonly real = false;
  lost = 0;

  start(): void {}

  send(): boolean {
    this.lost++;
    return true;
  }

  resume(): void {}
  close(): void {}
}
