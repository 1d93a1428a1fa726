// The script that each driver runs through on each board, a phase after the other. Frames go one by one, with pauses
// that no board needs all of: what is compared is what happens, not when.

import type { Cable } from "../../boards/desktop/cable.ts";
import type { System } from "../../host/system.ts";
import { ETH_ZLEN } from "../../host/net/packet.ts";
import * as F from "./frames.ts";
import type { Subject } from "./subjects.ts";

export interface Stage {
  readonly system: System;
  readonly cable: Cable;
  /** Runs console commands; what they say is part of the recording. */
  run(line: string): Promise<void>;
  /** Lets so many seconds of board time pass. */
  pass(seconds: number): Promise<void>;
}

export interface Step {
  readonly name: string;
  work(stage: Stage, subject: Subject): Promise<void>;
}

const FRAME_GAP = 0.02;

/** A station never sends less. */
function padded(frame: Uint8Array): Uint8Array {
  const full = new Uint8Array(Math.max(frame.length, ETH_ZLEN));
  full.set(frame);
  return full;
}

async function fromWire({ cable, pass }: Stage, ...frames: Uint8Array[]): Promise<void> {
  for (const frame of frames) {
    cable.wire.b.send(padded(frame));
    await pass(FRAME_GAP);
  }
}

async function fromHost({ system, pass }: Stage, ...frames: Uint8Array[]): Promise<void> {
  for (const frame of frames) {
    system.interfaces.transmit(system.interfaces.named("eth0").ifindex, frame);
    await pass(FRAME_GAP);
  }
}

async function up(stage: Stage, { settle }: Subject): Promise<void> {
  await stage.run("ip link set eth0 up");
  await stage.pass(settle);
}

/** An exchange as a ping is one: ARP, then small and large frames both ways. */
async function exchange(stage: Stage): Promise<void> {
  await fromHost(stage, F.arp(F.OWN));
  await fromWire(stage, F.arp(F.PEER));
  for (const data of [18, 56, 1000, 1472]) {
    await fromHost(stage, F.udp(F.PEER, F.OWN, data));
    await fromWire(stage, F.udp(F.OWN, F.PEER, data));
  }
}

/** One of each kind of address. */
const everyAddress = (length: number): Uint8Array[] =>
  [F.OWN, F.OTHER, F.BROADCAST, F.ALL_HOSTS, F.GROUP].map((to) => F.plain(to, F.PEER, length));

export const SCRIPT: readonly Step[] = [
  {
    name: "load",
    async work({ run }, { driver }) {
      await run(`modprobe ${driver}`);
      await run("ip link set eth0 name eth0; lspci -n -v -x");
    },
  },
  { name: "up", work: up },
  {
    name: "exchange",
    async work(stage) {
      await exchange(stage);
      // Shorter than the wire allows, with checksums that are wrong, of a protocol that nobody knows.
      await fromHost(stage, F.plain(F.PEER, F.OWN, 20), F.plain(F.PEER, F.OWN, 60));
      await fromWire(stage, F.plain(F.OWN, F.PEER, 60), F.udp(F.OWN, F.PEER, 100, false));
    },
  },
  {
    name: "multicast and promiscuous",
    async work(stage, { listening }) {
      for (const line of [
        "ip link",
        "ip maddr add 01:00:5e:01:02:03 dev eth0",
        "ip link set eth0 allmulticast on",
        "ip link set eth0 promisc on",
        "ip link set eth0 promisc off; ip link set eth0 allmulticast off",
        "ip maddr del 01:00:5e:01:02:03 dev eth0",
      ]) {
        await stage.run(line);
        await stage.pass(listening);
        await fromWire(stage, ...everyAddress(64));
      }
    },
  },
  {
    name: "MTU",
    async work(stage, { mtu, settle }) {
      await stage.run(`ip link set eth0 mtu ${mtu}`);
      await stage.pass(settle);
      await fromHost(stage, F.plain(F.PEER, F.OWN, mtu + 14));
      await fromWire(stage, F.plain(F.OWN, F.PEER, mtu + 14), F.plain(F.OWN, F.PEER, 1514));
      await stage.run("ip link set eth0 mtu 1500");
      await stage.pass(settle);
      await exchange(stage);
    },
  },
  {
    name: "VLAN",
    async work(stage, { listening }) {
      await stage.run("modprobe 8021q; ip link add link eth0 name eth0.5 type vlan id 5; ip link set eth0.5 up");
      await stage.pass(listening);
      await fromHost(stage, F.tagged(F.plain(F.PEER, F.OWN, 100), 5));
      await fromWire(stage, ...[5, 0x6005, 6].map((tci) => F.tagged(F.plain(F.OWN, F.PEER, 100), tci)));
      await fromWire(stage, F.tagged(F.udp(F.OWN, F.PEER, 200), 5), F.plain(F.OWN, F.PEER, 100));
      await stage.run("ip link del eth0.5; rmmod 8021q");
      await stage.pass(listening);
      await fromWire(stage, F.tagged(F.plain(F.OWN, F.PEER, 100), 5));
    },
  },
  {
    name: "ethtool",
    async work({ run, pass }, { settle }) {
      await pass(settle);
      for (const option of ["", "-i", "-k", "-g", "-a", "-e", "-d"]) await run(`ethtool ${option} eth0`);
    },
  },
  {
    name: "address, down and up",
    async work(stage, subject) {
      await stage.run("ip link set eth0 down; ip link set eth0 address 02:00:00:00:00:77");
      await up(stage, subject);
      await fromWire(stage, ...everyAddress(64));
      await stage.run("ip link set eth0 down; ip link set eth0 address 52:54:00:12:34:56");
      await up(stage, subject);
      await exchange(stage);
    },
  },
  {
    name: "unload",
    async work({ run }, { driver }) {
      await run("ip link set eth0 down");
      await run(`rmmod ${driver}`);
    },
  },
];
