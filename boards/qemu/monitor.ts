// QEMU's monitor protocol (QMP), of which only events matter: lines of JSON on a socket. A watchdog that nobody feeds resets
// a machine, and with it what runs there; here that ends the run, so QEMU is told to do no more than say it.

import { Socket } from "node:net";
import { KpiError } from "../../host/error.ts";

/** `fd`: what QEMU knows the other end of the socket by. */
export function monitorArguments(fd: number): string[] {
  return [
    ...["-chardev", `socket,id=monitor,fd=${fd}`, "-mon", "chardev=monitor,mode=control"],
    ...["-action", "watchdog=none"],
  ];
}

/** Listens at this end. */
export function openMonitor(fd: number, failed: (error: Error) => void): Socket {
  const socket = new Socket({ fd, readable: true, writable: true });
  let rest = "";
  socket.setEncoding("utf8");
  socket.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines.filter((one) => one.trim() !== "")) {
      const { event } = JSON.parse(line) as { event?: string };
      if (event === "WATCHDOG") failed(new KpiError("the watchdog has reset the machine: nobody fed it in time"));
    }
  });
  // Its end is the child's, which says why.
  socket.on("error", () => {});
  // Events begin with this command.
  socket.write('{"execute":"qmp_capabilities"}\n');
  return socket;
}
