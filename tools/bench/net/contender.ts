// What networks are measured on: something that stands between two network stacks, or has one of them inside.

import type { Namespace } from "../../lab/namespace.ts";
import type { Way } from "./measurements.ts";

/** Addresses of the stack that is reached through it, and of the one that reaches it. */
export const INSIDE = "10.9.0.2";
export const OUTSIDE = "10.9.0.1";
export const PREFIX = 24;
export const MAC = "52:54:00:6b:70:69";

/** One that runs. */
export interface Standing {
  /** The process that moves the frames. */
  readonly pid: number;
  /** From its start to the first ping that was answered, ms. */
  readonly firstPing: number;
  /** Where INSIDE is reached from; iperf3 -s listens there. */
  readonly outside: Namespace;
  /** Sends frames of 60 bytes (64 with FCS) as fast as it goes for some seconds; how many a second came out at the other end. */
  frames(way: Way, seconds: number): Promise<number>;
  stop(): Promise<void>;
}

export interface Contender {
  readonly name: string;
  start(): Promise<Standing>;
}

/** Pings INSIDE until it answers; `start`: when it began (performance.now). */
export async function firstPing(outside: Namespace, start: number): Promise<number> {
  const ping = outside.start("ping", ["-n", "-i", "0.02", INSIDE]);
  await ping.said(/ bytes from /);
  const time = performance.now() - start;
  ping.child.kill("SIGKILL");
  await ping.ended;
  return time;
}

/** A TAP with an address in a namespace, for a process that is yet to come, and the neighbour behind it: what ARP does
 *  while nobody is there is to ask once a second. */
export async function makeTap(namespace: Namespace, name: string, address: string, neighbour?: string): Promise<void> {
  await namespace.ip("tuntap", "add", "mode", "tap", "name", name);
  await namespace.configure(name, `${address}/${PREFIX}`);
  if (neighbour === undefined) return;
  await namespace.ip("neighbour", "add", neighbour, "lladdr", MAC, "dev", name, "nud", "permanent");
}
