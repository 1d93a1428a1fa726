// A PCI function of the desktop board: configuration space, base addresses, one interrupt pin, messages in its place, a
// master port, and power states. A device model extends it with what its registers do.
import type { BoardServices } from "../../board.ts";
import type { Clock, Timer } from "../../clock.ts";
import type { Fault } from "../../faults.ts";
import {
  allOnes,
  barRegister,
  ConfigSpace,
  PCI_COMMAND_INTX_DISABLE,
  PCI_COMMAND_MASTER,
  PCI_DEVICE_ID,
  PCI_INTERRUPT_LINE,
  PCI_INTERRUPT_PIN,
  PCI_STATUS,
  PCI_STATUS_INTERRUPT,
  PCI_VENDOR_ID,
} from "./config-space.ts";
import { MSI_BASE } from "../../../assembly/arch/wasm/memory.ts";
import type { PciExpress } from "./pcie.ts";
import type { VitalProductData } from "./vpd.ts";
import { DmaPort } from "./dma.ts";
import type { Iommu } from "./iommu.ts";
import type { IntxRouter } from "./intx.ts";
import type { Msi } from "./msi.ts";
import type { Msix } from "./msix.ts";
import { D0, D3HOT } from "./power.ts";
import type { PowerManagement } from "./power.ts";

/** What the board gives to a function when it is powered on. */
export interface PciSlot {
  readonly device: number;
  /** "0000:00:03.0" */
  readonly name: string;
  readonly services: BoardServices;
  readonly iommu: Iommu;
  readonly intx: IntxRouter;
  /** The decoder must look at the base addresses again. */
  decodeChanged(): void;
}

/** A function's state as plain data. */
export interface FunctionState {
  readonly version: number;
  readonly config: number[];
  readonly [part: string]: unknown;
}

export abstract class PciFunction {
  readonly config: ConfigSpace;
  /** Set by a function that has the capability. */
  power: PowerManagement | undefined;
  msi: Msi | undefined;
  msix: Msix | undefined;
  express: PciExpress | undefined;
  vpd: VitalProductData | undefined;

  #slot: PciSlot | undefined;
  #dma: DmaPort | undefined;
  #pin = false;
  #powerState = D0;
  #present = true;
  /** Of a device that was pulled out. */
  readonly #addresses = new Map<number, number>();
  #putBack: Timer | undefined;
  #busFree: Timer | undefined;
  /** Faults to come. */
  #interruptsToLose = 0;
  #descriptorErrors = 0;
  /** The line as the device would have it, and whether that assertion of it got lost. */
  #asserted = false;
  #lost = false;

  constructor(config = new ConfigSpace()) {
    this.config = config;
  }

  /** Reads the device's registers: `offset` into base address `bar`, or the expansion ROM. */
  abstract barRead(bar: number, offset: number, width: number): number;
  abstract barWrite(bar: number, offset: number, width: number, value: number): void;
  /** RST#, or what power states make of it: the device's own state takes its defaults. Config space already has. */
  protected abstract deviceReset(): void;
  protected abstract deviceSave(): Record<string, unknown>;
  protected abstract deviceRestore(state: Readonly<Record<string, unknown>>): void;

  /** The command register or the power state changed. */
  protected commandChanged(): void {}

  connect(slot: PciSlot): void {
    this.#slot = slot;
    const report = (message: string): void => slot.services.report(message);
    this.#dma = new DmaPort(slot.name, this.config, slot.services.memory, slot.iommu, report);
    this.reset();
  }

  get slot(): PciSlot {
    if (this.#slot === undefined) throw new Error("the board is not powered on");
    return this.#slot;
  }

  get clock(): Clock {
    return this.slot.services.clock;
  }

  get dma(): DmaPort {
    if (this.#dma === undefined) throw new Error("the board is not powered on");
    return this.#dma;
  }

  /** Whether the device works: in other states it answers config accesses only. */
  get awake(): boolean {
    return this.#powerState === D0;
  }

  /** RST#. */
  reset(): void {
    if (this.power !== undefined) this.power.keepOver(() => this.config.reset());
    else this.config.reset();
    this.#powerState = D0;
    this.msix?.reset();
    this.setInterrupt(false);
    this.deviceReset();
    this.slot.decodeChanged();
  }

  configRead(where: number, width: number): number {
    return this.#present ? this.config.read(where, width) : allOnes(width);
  }

  configWrite(where: number, width: number, value: number): void {
    if (!this.#present) return;
    const command = this.config.command;
    const awake = this.awake;
    this.config.write(where, width, value);
    this.vpd?.written(where, width);
    if (this.express?.takeReset() === true) this.reset();
    if (this.power !== undefined && this.power.state !== this.#powerState) this.#changePower(this.power.state);
    if (where < 0x40) this.slot.decodeChanged();
    this.#drivePin();
    this.msi?.deliver();
    this.msix?.deliver();
    // Only then: a device that goes on at each write would meet the same fault again while its driver handles it.
    if (this.config.command !== command || this.awake !== awake) this.commandChanged();
  }

  // ── Faults, for tests of drivers. They are no part of the device's state. ──

  /** The faults that this kind of device can have. */
  get faults(): readonly Fault[] {
    return ["lost-interrupt", "dma-error", "slow-dma", "removal"];
  }

  /** Has one of them; `amount` in the unit that FAULTS says. */
  fault(fault: Fault, amount: number): void {
    if (fault === "lost-interrupt") this.#interruptsToLose = amount;
    else if (fault === "descriptor-error") this.#descriptorErrors = amount;
    else if (fault === "dma-error") this.dma.fail(amount);
    else if (fault === "slow-dma") this.#holdBus(amount * 1e9);
    else if (fault === "removal") this.#removeFor(amount * 1e9);
  }

  /** Whether what the device is about to write back is to tell of an error. */
  descriptorError(): boolean {
    if (this.#descriptorErrors === 0) return false;
    this.#descriptorErrors--;
    return true;
  }

  /** Pulls the device out of its slot: it answers nothing and drives nothing, and has forgotten all when it returns. */
  remove(): void {
    const { config } = this;
    for (const bar of config.bars.keys()) this.#addresses.set(barRegister(bar), config.get32(barRegister(bar)));
    this.#addresses.set(PCI_INTERRUPT_LINE, config.get32(PCI_INTERRUPT_LINE));
    this.#present = false;
    this.reset();
  }

  /** Puts it back. It gets the addresses that it had, as firmware gives them after a hot insertion. */
  insert(): void {
    this.#present = true;
    const { config } = this;
    for (const [where, value] of this.#addresses) config.set(where, 4, value);
  }

  #removeFor(ns: number): void {
    if (this.#present) this.remove();
    this.#putBack ??= this.clock.timer(() => this.insert());
    if (ns === Infinity) this.#putBack.cancel();
    else this.#putBack.set(ns);
  }

  /** Others have the bus for `ns`. */
  #holdBus(ns: number): void {
    this.dma.busy = true;
    this.#busFree ??= this.clock.timer(() => {
      this.dma.busy = false;
      this.commandChanged();
    });
    this.#busFree.set(ns);
  }

  #loseInterrupt(): boolean {
    if (this.#interruptsToLose === 0) return false;
    this.#interruptsToLose--;
    return true;
  }

  /** What keeps base address `bar` from answering where it was put; undefined: nothing, or there is none. */
  silence(bar: number): string | undefined {
    const kind = this.config.bars[bar]?.kind;
    if (kind === undefined || !this.#present) return undefined;
    if (!this.awake) return `the device is in D${this.#powerState}${this.#powerState === D3HOT ? "hot" : ""}`;
    return this.config.decodes(kind) ? undefined : `${kind === "io" ? "I/O" : "memory"} decoding is off`;
  }

  /** The function as reports name it: "0000:00:03.0 [10ec:8139]". */
  get id(): string {
    const hex = (value: number): string => value.toString(16).padStart(4, "0");
    return `${this.slot.name} [${hex(this.config.get16(PCI_VENDOR_ID))}:${hex(this.config.get16(PCI_DEVICE_ID))}]`;
  }

  /** The device asserts or releases its interrupt. */
  setInterrupt(asserted: boolean): void {
    if (asserted === this.#pin) return;
    this.#pin = asserted;
    const status = this.config.get16(PCI_STATUS) & ~PCI_STATUS_INTERRUPT;
    // The status bit exists since PCI 2.3, together with the bit that turns the pin off.
    if (this.hasIntxDisable) this.config.set(PCI_STATUS, 2, asserted ? status | PCI_STATUS_INTERRUPT : status);
    this.#drivePin();
  }

  /** A message-signalled interrupt: a memory write of the device's, so it needs the bus. Where the board listens it is a
   *  vector, elsewhere just a write. */
  protected sendMessage(address: number, data: number): void {
    if (!this.awake) return;
    if (address !== MSI_BASE) this.dma.writeU32(address, data);
    else if ((this.config.command & PCI_COMMAND_MASTER) === 0) this.dma.granted();
    else if (!this.#loseInterrupt()) this.slot.services.lines.edge(data & 0xff);
  }

  /** Whether the function knows the Interrupt Disable bit (PCI 2.3). */
  protected get hasIntxDisable(): boolean {
    return false;
  }

  save(): FunctionState {
    const msix = this.msix?.save();
    return {
      version: 1,
      config: Array.from(this.config.bytes),
      pin: this.#pin,
      ...(msix !== undefined && { msix }),
      ...this.deviceSave(),
    };
  }

  restore(state: FunctionState): void {
    if (state.version !== 1) throw new Error(`${this.slot.name}: state version ${state.version}, this model knows 1`);
    this.config.bytes.set(state.config);
    this.#powerState = this.power?.state ?? D0;
    this.#pin = state["pin"] as boolean;
    this.msix?.restore(state["msix"] as ReturnType<Msix["save"]>);
    this.deviceRestore(state);
    this.slot.decodeChanged();
    this.#drivePin();
  }

  /** Releases links and the like. */
  close(): void {}

  #drivePin(): void {
    const pin = this.config.get8(PCI_INTERRUPT_PIN);
    if (pin < 1 || pin > 4) return;
    const disabled = (this.config.command & PCI_COMMAND_INTX_DISABLE) !== 0;
    const messages = this.msi?.enabled === true || this.msix?.enabled === true;
    const asserted = this.#pin && this.awake && !disabled && !messages;
    // An assertion that got lost is, until the device lets go of the line.
    if (asserted !== this.#asserted) this.#lost = asserted && this.#loseInterrupt();
    this.#asserted = asserted;
    this.slot.intx.set(this.slot.device, pin, asserted && !this.#lost);
  }

  #changePower(state: number): void {
    const from = this.#powerState;
    this.#powerState = state;
    if (from === D3HOT && state === D0 && this.power!.softReset) this.reset();
    else this.slot.decodeChanged();
  }
}
