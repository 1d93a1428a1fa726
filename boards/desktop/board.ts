// The desktop board: a small PC with one PCI bus. Devices are models in this process, chosen by `--device`; RAM is
// the wasm memory, and every access that a device makes to it is checked.
//
//   00:00.0 host bridge      00:03.0 first device, 00:04.0 the next, … or where `addr=` says
//   memory BARs 0xe0000000…  I/O BARs 0xc000…  INTA..INTD on vectors 16..19
import type { BoardHardware, BoardFacts, BoardServices } from "../board.ts";
import type { FaultInjector } from "../faults.ts";
import { MSI_BASE, VECTOR_PCI_FIRST } from "../../assembly/arch/wasm/memory.ts";
import { KpiError } from "../../host/error.ts";
import { type Link, closeAll } from "../links/link.ts";
import { PeerLink } from "../links/peer-link.ts";
import { wantsCable } from "./cable.ts";
import type { Cable } from "./cable.ts";
import { HostBridge } from "./host-bridge.ts";
import { MODELS } from "./models.ts";
import { Nic } from "./nic.ts";
import { allOnes, PCI_DEVICE_ID, PCI_VENDOR_ID } from "./pci/config-space.ts";
import { Decoder } from "./pci/decoder.ts";
import type { FunctionState, PciFunction } from "./pci/function.ts";
import { pciName } from "../pci-ids.ts";
import { IntxRouter } from "./pci/intx.ts";
import { Iommu } from "./pci/iommu.ts";
import { checkSpec, fieldOverrides, placeOption } from "./spec.ts";
import type { DeviceSpec } from "./spec.ts";

const FIRST_DEVICE = 3;
const DEVICES = 32;
export interface DesktopOptions {
  /** Bus address of RAM's first byte. */
  readonly dmaBase?: number;
  /** Nanoseconds that a frame takes to the peer. */
  readonly linkLatency?: number;
  /** What the cards' cables lead to, in the order of the cards that want one. The cards behind the last one have a peer
   *  each. */
  readonly links?: readonly Link[];
}

interface Placed {
  readonly device: number;
  readonly target: PciFunction;
  /** What its cable leads to, if it has one. */
  readonly link: Link | undefined;
}

export interface DesktopState {
  readonly version: number;
  /** By device number. */
  readonly functions: Readonly<Record<string, FunctionState>>;
}

export class DesktopBoard implements BoardHardware {
  readonly name = "desktop";
  readonly virtualTime: boolean;
  readonly facts: BoardFacts;
  readonly faults: FaultInjector = {
    kinds: (bdf) => this.#function(bdf)?.faults ?? [],
    inject: (bdf, fault, amount) => this.#function(bdf)!.fault(fault, amount),
  };

  readonly #placed: Placed[];
  readonly #byDevice: (PciFunction | undefined)[] = new Array<PciFunction | undefined>(DEVICES).fill(undefined);
  readonly #memory = new Decoder(false, (message) => this.#report(message));
  readonly #ports = new Decoder(true, (message) => this.#report(message));
  #report: (message: string) => void = () => {};
  #cables: Cable[] = [];

  constructor(devices: readonly DeviceSpec[], options: DesktopOptions = {}) {
    this.facts = {
      dmaBase: options.dmaBase ?? 0,
      pciMemory: { base: 0xe0000000, size: 0x1ec00000 },
      pciIo: { base: 0xc000, size: 0x4000 },
      pciLastBus: 0,
      intx: [VECTOR_PCI_FIRST, VECTOR_PCI_FIRST + 1, VECTOR_PCI_FIRST + 2, VECTOR_PCI_FIRST + 3],
      message: (vector) => ({ address: MSI_BASE, data: vector }),
    };
    this.#placed = [{ device: 0, target: new HostBridge(), link: undefined }, ...place(devices, options)];
    this.virtualTime = this.#placed.every(({ link }) => link === undefined || !link.real);
    for (const { device, target } of this.#placed) this.#byDevice[device] = target;
  }

  powerOn(services: BoardServices): void {
    const report = (message: string): void => services.report(message);
    this.#report = report;
    const fault = (message: string): void => services.fault(message);
    const iommu = new Iommu(services.memory, this.facts.dmaBase, services.clock, fault);
    const intx = new IntxRouter(services.lines, this.facts.intx);
    for (const { target, link } of this.#placed) {
      if (link === undefined || !(target instanceof Nic)) continue;
      target.attachLink(link);
      link.start(services);
      const end = PeerLink.of(link);
      if (end !== undefined) this.#cables.push({ nic: target, wire: end.wire, peer: end.peer });
    }
    for (const { device, target } of this.#placed) {
      const name = `0000:00:${device.toString(16).padStart(2, "0")}.0`;
      target.connect({ device, name, services, iommu, intx, decodeChanged: () => this.#decode() });
    }
  }

  mmioRead(address: number, width: number): number {
    return this.#memory.read(address, width);
  }

  mmioWrite(address: number, width: number, value: number): void {
    this.#memory.write(address, width, value);
  }

  portRead(port: number, width: number): number {
    return this.#ports.read(port, width);
  }

  portWrite(port: number, width: number, value: number): void {
    this.#ports.write(port, width, value);
  }

  pciRead(bdf: number, where: number, width: number): number {
    const target = this.#function(bdf);
    return target === undefined ? allOnes(width) : target.configRead(where, width);
  }

  pciWrite(bdf: number, where: number, width: number, value: number): void {
    this.#function(bdf)?.configWrite(where, width, value);
  }

  describe(bdf: number): string | undefined {
    const config = this.#function(bdf)?.config;
    return config === undefined ? undefined : pciName(config.get16(PCI_VENDOR_ID), config.get16(PCI_DEVICE_ID));
  }

  /** The cables with a built-in peer at the other end, in the order of the devices. */
  get cables(): readonly Cable[] {
    return this.#cables;
  }

  /** The function in slot `device`, for what a test wants to see of it. */
  device(device: number): PciFunction {
    const target = this.#byDevice[device];
    if (target === undefined) throw new KpiError(`there is no device ${device.toString(16).padStart(2, "0")}.0`);
    return target;
  }

  /** The functions' state as plain data. Frames that are under way on a cable are not part of it. */
  save(): DesktopState {
    const functions: Record<string, FunctionState> = {};
    for (const { device, target } of this.#placed) functions[device] = target.save();
    return { version: 1, functions };
  }

  /** Takes up a saved state; the board has the same devices and the memory that went with it. */
  restore(state: DesktopState): void {
    if (state.version !== 1) throw new Error(`board state version ${state.version}, this board knows 1`);
    for (const { device, target } of this.#placed) target.restore(state.functions[device]!);
  }

  async close(): Promise<void> {
    closeAll(this.#placed.map(({ target }) => target));
    this.#cables = [];
  }

  #function(bdf: number): PciFunction | undefined {
    // Bus 0, function 0 of each device: there are no others.
    return bdf >>> 8 === 0 && (bdf & 7) === 0 ? this.#byDevice[bdf >>> 3] : undefined;
  }

  #decode(): void {
    const functions = this.#placed.map(({ target }) => target);
    this.#memory.rebuild(functions);
    this.#ports.rebuild(functions);
  }
}

/** Gives each device its number: those that ask first, then the lowest free ones. */
function place(specs: readonly DeviceSpec[], options: DesktopOptions): Placed[] {
  const links = [...(options.links ?? [])];
  const taken = new Set<number>([0]);
  const wanted = specs.map((spec) => {
    checkSpec(spec);
    const device = placeOption(spec);
    if (device !== undefined && taken.has(device)) {
      throw new KpiError(`device ${spec.model}: addr=${spec.options["addr"]} is taken`, 2);
    }
    if (device !== undefined) taken.add(device);
    return device;
  });
  const placed = specs.map((spec, index) => {
    let device = wanted[index];
    for (let free = FIRST_DEVICE; device === undefined; free++) {
      if (free === DEVICES) throw new KpiError(`the bus has room for ${DEVICES - FIRST_DEVICE} devices`, 2);
      if (!taken.has(free)) device = free;
    }
    taken.add(device);
    const target = MODELS[spec.model]!.create(spec.options, fieldOverrides(spec), index);
    const cable = wantsCable(spec) && target instanceof Nic;
    const link = !cable ? undefined : (links.shift() ?? new PeerLink(options.linkLatency));
    return { device, target, link };
  });
  if (links.length > 0) {
    throw new KpiError(
      `more links than network cards: ${specs.map(({ model }) => model).join(", ") || "no device"}`,
      2,
    );
  }
  return placed;
}
