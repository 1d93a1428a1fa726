// Listens in on a board: what the core and its drivers say to the card in slot 3. It works on any board.

import type { BoardHardware } from "../../boards/board.ts";
import type { Access } from "./recording.ts";
import type { Namer } from "./registers.ts";

const BDF = 3 << 3;
const [BAR_FIRST, BAR_END, ALL_ONES] = [0x10, 0x28, 0xffffffff];
const IO = 1;
/** No card here has a larger window. */
const WINDOW = 0x20000;

/** From now on `heard` gets every access to the card. */
export function listen(board: BoardHardware, namer: Namer, heard: (access: Access) => void): void {
  /** What the core wrote to the base address registers. */
  const bars = new Map<number, number>();
  const offsetOf = (address: number, io: boolean): number => {
    for (const value of bars.values()) {
      const base = (value & (io ? ~3 : ~0xf)) >>> 0;
      if (((value & IO) !== 0) === io && base !== 0 && address >= base && address < base + WINDOW)
        return address - base;
    }
    return -1;
  };
  const tell = (op: Access["op"], address: number, width: number, value: number, io: boolean): void => {
    const offset = offsetOf(address >>> 0, io);
    if (offset >= 0) heard({ op, register: namer(offset, width, op, value), value: value >>> 0 });
  };
  const config = (op: Access["op"], where: number, width: number, value: number): void =>
    heard({ op, register: `config ${where.toString(16).padStart(2, "0")}/${width}`, value: value >>> 0 });

  const { mmioRead, mmioWrite, portRead, portWrite, pciRead, pciWrite } = board;
  board.mmioRead = (address, width) => {
    const value = mmioRead.call(board, address, width);
    tell("read", address, width, value, false);
    return value;
  };
  board.mmioWrite = (address, width, value) => {
    tell("write", address, width, value, false);
    mmioWrite.call(board, address, width, value);
  };
  board.portRead = (port, width) => {
    const value = portRead.call(board, port, width);
    tell("read", port, width, value, true);
    return value;
  };
  board.portWrite = (port, width, value) => {
    tell("write", port, width, value, true);
    portWrite.call(board, port, width, value);
  };
  board.pciRead = (bdf, where, width) => {
    const value = pciRead.call(board, bdf, where, width);
    if (bdf === BDF) config("read", where, width, value);
    return value;
  };
  board.pciWrite = (bdf, where, width, value) => {
    if (bdf === BDF) {
      config("write", where, width, value);
      if (where >= BAR_FIRST && where < BAR_END && value >>> 0 !== ALL_ONES) bars.set(where, value);
    }
    pciWrite.call(board, bdf, where, width, value);
  };
}
