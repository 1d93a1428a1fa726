// trace: a line for each frame that passes, as tcpdump has them.
import { writeSync } from "node:fs";
import type { Clock } from "../clock.ts";
import { describeFrame } from "./describe.ts";
import type { Link, LinkServices } from "./link.ts";
import { Middleware } from "./middleware.ts";

const STDERR = 2;

export class Trace extends Middleware {
  readonly #name: string;
  readonly #print: (line: string) => void;
  #clock: Clock | undefined;
  /** The frame that arrives next was refused, and is printed already. */
  #printed = false;

  constructor(inner: Link, name: string, print = (line: string): void => void writeSync(STDERR, `${line}\n`)) {
    super(inner);
    this.#name = name;
    this.#print = print;
    inner.onMissed = (frame) => {
      this.#printed = false;
      this.onMissed(frame);
    };
  }

  override start(services: LinkServices): void {
    this.#clock = services.clock;
    super.start(services);
  }

  override send(frame: Uint8Array): boolean {
    const taken = super.send(frame);
    if (taken) this.#line("Out", frame);
    return taken;
  }

  protected override received(frame: Uint8Array): boolean | void {
    if (!this.#printed) this.#line("In ", frame);
    const taken = super.received(frame);
    this.#printed = taken === false;
    return taken;
  }

  #line(direction: string, frame: Uint8Array): void {
    this.#print(`${(this.#clock!.now() / 1e9).toFixed(6)} ${this.#name} ${direction} ${describeFrame(frame)}`);
  }
}
