// Network namespaces: what is opened while the thread is in one belongs to it for ever, so a visit is enough.

import { closeSync, openSync } from "node:fs";
import { KpiError } from "../error.ts";
import { errorText, systemErrorText } from "../errno.ts";
import { koffi, libcFunction } from "./koffi.ts";

/** Where `ip netns` keeps them. */
const FOLDER = "/run/netns";
const OWN = "/proc/thread-self/ns/net";
const CLONE_NEWNET = 0x40000000;

/** Does `work` in the namespace of that name; without one, where the thread is. */
export function inNamespace<T>(name: string | undefined, work: () => T): T {
  if (name === undefined) return work();
  let fd: number;
  try {
    fd = openSync(name.includes("/") ? name : `${FOLDER}/${name}`, "r");
  } catch (error) {
    throw new KpiError(`netns=${name}: ${systemErrorText(error)}; ip netns list shows those that there are`);
  }
  try {
    return namespaceOf(fd, work, name);
  } finally {
    closeSync(fd);
  }
}

/** The same by a descriptor of the namespace. `work` does not wait: other work of the process would be there too. */
export function namespaceOf<T>(fd: number, work: () => T, name = "the namespace"): T {
  const purpose = `netns=${name}`;
  const setns = libcFunction(purpose, "int setns(int fd, int kind)");
  const home = openSync(OWN, "r");
  try {
    if (setns(fd, CLONE_NEWNET) < 0) {
      throw new KpiError(`${purpose}: cannot enter it: ${errorText(-koffi(purpose).errno())}; run as root`);
    }
    try {
      return work();
    } finally {
      setns(home, CLONE_NEWNET);
    }
  } finally {
    closeSync(home);
  }
}
