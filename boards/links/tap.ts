// A link to a TAP device: what the host's network stack sends there arrives here. There is carrier while the interface is
// up. What its kernel cannot take of what is sent there, it counts itself.
import { errorText } from "../../host/errno.ts";
import { EBADFD, EIO, Tap } from "../../host/native/tuntap.ts";
import { DescriptorLink } from "./descriptor-link.ts";

export class TapLink extends DescriptorLink {
  readonly #tap: Tap;
  #up = false;

  constructor(name: string, netns?: string) {
    super(`tap:${name}`);
    this.#tap = new Tap(name, {
      netns,
      onState: ({ up }) => this.#changed(up),
      onGone: () => this.fail("it is gone: somebody has deleted it"),
    });
    this.opened(this.#tap.fd);
  }

  get carrier(): boolean {
    return this.#up;
  }

  /** The interface gets the address of the one that it stands for. */
  setAddress(mac: Uint8Array): void {
    this.#tap.setAddress(mac);
  }

  protected read(bytes: Uint8Array, length: number): number {
    return this.#tap.read(bytes, length);
  }

  protected write(frame: Uint8Array): number {
    return this.#tap.write(frame);
  }

  protected fatal(errno: number): string | undefined {
    if (errno === EBADFD) return "it is gone: somebody has deleted it";
    // Writing: the interface is down, or the frame is shorter than a header.
    return errno === EIO || errno === EINVAL ? undefined : errorText(-errno);
  }

  protected release(): void {
    this.#tap.close();
    this.#changed(false);
  }

  #changed(up: boolean): void {
    if (up === this.#up) return;
    this.#up = up;
    this.onCarrier(up);
  }
}

const EINVAL = 22;
