// QEMU's monitor protocol (QMP, docs/interop/qmp-spec.txt): lines of JSON on a socket. What the board says and hears there
// happens rarely: a cable is pulled; a watchdog that nobody feeds resets a machine, and with it what runs there. Here that ends
// the run, so QEMU is told to do no more than say it; and what else resets a machine does the same.

import { Socket } from "node:net";
import { KpiError } from "../../host/error.ts";

/** `fd`: what QEMU knows the other end of the socket by. */
export function monitorArguments(fd: number): string[] {
  return [
    ...["-chardev", `socket,id=monitor,fd=${fd}`, "-mon", "chardev=monitor,mode=control"],
    ...["-action", "watchdog=none"],
  ];
}

interface Message {
  readonly event?: string;
  readonly data?: { readonly guest?: boolean };
}

export class Monitor {
  readonly #socket: Socket;
  readonly #failed: (error: Error) => void;
  #rest = "";

  /** Listens at this end. */
  constructor(fd: number, failed: (error: Error) => void) {
    this.#failed = failed;
    this.#socket = new Socket({ fd, readable: true, writable: true });
    this.#socket.setEncoding("utf8").on("data", (text: string) => {
      const lines = (this.#rest + text).split("\n");
      this.#rest = lines.pop()!;
      for (const line of lines.filter((one) => one.trim() !== "")) this.#heard(JSON.parse(line) as Message);
    });
    // Its end is the child's, which says why.
    this.#socket.on("error", () => {});
    // Events, and commands, begin with this one.
    this.execute("qmp_capabilities");
  }

  #heard({ event, data }: Message): void {
    if (event === "WATCHDOG") this.#failed(new KpiError("the watchdog has reset the machine: nobody fed it in time"));
    else if (event === "RESET" && data?.guest) this.#failed(new KpiError("a device has reset the machine"));
  }

  /** Commands are carried out in order; ours do not fail. */
  execute(command: string, args: Readonly<Record<string, unknown>> = {}): void {
    this.#socket.write(`${JSON.stringify({ execute: command, arguments: args })}\n`);
  }

  close(): void {
    this.#socket.destroy();
  }
}
