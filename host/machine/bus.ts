// Device accesses as imports of the core. Each is charged to the virtual clock; what the board's code throws is the
// board's fault, never the driver's. Written out one by one: these are the hottest calls out of wasm.

import type { BoardHardware } from "../../boards/board.ts";
import { ACCESS_NS, type MachineClock } from "./clock.ts";
import { boardFault } from "./faults.ts";
import type { SharedWords } from "./words.ts";

export function busImports(board: BoardHardware, clock: MachineClock, words: SharedWords): WebAssembly.ModuleImports {
  const charge = clock.virtual
    ? (): void => {
        clock.charge(ACCESS_NS);
        clock.store(words);
      }
    : (): void => {};

  return {
    mmio_read: (address: number, width: number): number => {
      charge();
      try {
        return board.mmioRead(address, width);
      } catch (error) {
        throw boardFault(error);
      }
    },
    mmio_write: (address: number, width: number, value: number): void => {
      charge();
      try {
        board.mmioWrite(address, width, value >>> 0);
      } catch (error) {
        throw boardFault(error);
      }
    },
    port_read: (port: number, width: number): number => {
      charge();
      try {
        return board.portRead(port, width);
      } catch (error) {
        throw boardFault(error);
      }
    },
    port_write: (port: number, width: number, value: number): void => {
      charge();
      try {
        board.portWrite(port, width, value >>> 0);
      } catch (error) {
        throw boardFault(error);
      }
    },
    pci_read: (bdf: number, where: number, width: number): number => {
      charge();
      try {
        return board.pciRead(bdf, where, width);
      } catch (error) {
        throw boardFault(error);
      }
    },
    pci_write: (bdf: number, where: number, width: number, value: number): void => {
      charge();
      try {
        board.pciWrite(bdf, where, width, value >>> 0);
      } catch (error) {
        throw boardFault(error);
      }
    },
  };
}
