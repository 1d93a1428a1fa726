// The guest as one of those that networks are measured on.

import { Namespace } from "../../lab/namespace.ts";
import type { Blaster } from "../net/blaster.ts";
import { firstPing, INSIDE, MAC, makeTap, OUTSIDE, PREFIX, type Contender } from "../net/contender.ts";
import type { Way } from "../net/measurements.ts";
import { Guest } from "./guest.ts";

const TAP = "wire0";
const FRAME = 60;

/** Frames that the guest's driver sends, by the kernel's own generator: pktgen, Documentation/networking/pktgen.rst. */
async function framesOut(guest: Guest, seconds: number): Promise<number> {
  const settings = ["count 0", `pkt_size ${FRAME}`, "dst_mac 02:00:00:00:00:02", "clone_skb 1000"];
  await guest.shell("cd /proc/net/pktgen; echo rem_device_all >kpktgend_0; echo add_device eth0 >kpktgend_0");
  await guest.shell(settings.map((setting) => `echo ${setting} >eth0`).join("; "));
  const said = await guest.shell(`(sleep ${seconds}; echo stop >pgctrl) & echo start >pgctrl; cat eth0`);
  const rate = /(\d+)pps/.exec(said)?.[1];
  if (rate === undefined) throw new Error(`pktgen in the guest says: ${said}`);
  return Number(rate);
}

const received = async (guest: Guest): Promise<number> =>
  Number(await guest.shell("cat /sys/class/net/eth0/statistics/rx_packets"));

async function framesIn(guest: Guest, outside: Namespace, blaster: Blaster, seconds: number): Promise<number> {
  const before = await received(guest);
  await blaster.flood(outside, TAP, MAC, FRAME, seconds);
  return ((await received(guest)) - before) / seconds;
}

/** `device`: as QEMU calls it. */
export const guest = (device: string, blaster: Blaster): Contender => ({
  name: `${device}, Debian guest in QEMU`,
  async start() {
    const outside = await Namespace.make();
    let running: Guest | undefined;
    const stop = async (): Promise<void> => {
      await running?.stop();
      outside.close();
    };
    try {
      await makeTap(outside, TAP, OUTSIDE, INSIDE);
      running = await Guest.start(outside, device, TAP, MAC, `${INSIDE}/${PREFIX}`);
      const own = running;
      const time = await firstPing(outside, own.started);
      // Its shell begins after that.
      await own.shell(":");
      return {
        pid: own.pid,
        firstPing: time,
        outside,
        frames: (way: Way, seconds: number) =>
          way === "in" ? framesIn(own, outside, blaster, seconds) : framesOut(own, seconds),
        stop,
      };
    } catch (error) {
      await stop();
      throw error;
    }
  },
});
