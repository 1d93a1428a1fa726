// The built-in peer at the other end of an in-process cable.

import { bootBoard, type Amounts, type Rig } from "./rig.ts";
import type { Path } from "./table.ts";

/** Local experimental, IEEE 802: no stack cares for it. */
const ETH_P_802_EX1 = 0x88b5;

export async function peerRig(path: Path, amounts: Amounts): Promise<Rig> {
  const board = await bootBoard(path);
  const eth0 = board.netdev("eth0");
  const frameTo = (mac: string, length: number): Uint8Array => {
    const frame = new Uint8Array(length);
    frame.set(mac.split(":").map((byte) => parseInt(byte, 16)));
    frame.set(
      board.peer.mac.split(":").map((byte) => parseInt(byte, 16)),
      6,
    );
    frame.set([ETH_P_802_EX1 >> 8, ETH_P_802_EX1 & 255], 12);
    return frame;
  };
  return {
    path,
    board,
    eth0,
    amounts,
    async ping(count, size = 56) {
      // One by one: each answer is waited for as long as it takes on a slow machine.
      let answered = 0;
      for (let i = 0; i < count; i++) answered += (await eth0.ping("peer", { count: 1, size })).received;
      return answered;
    },
    async sendTo(mac, count, length) {
      for (let i = 0; i < count; i++) board.peer.send(frameTo(mac, length));
    },
    async startTraffic() {
      const pings = board.peer.ping("10.0.2.15", { count: 200, interval: 0.0005 });
      return async () => void (await pings);
    },
    close: () => board.powerOff(),
  };
}
