// What the threads of other CPUs are told about modules. A function table and wasm instances belong to one thread: each CPU
// has its own of both, over the one memory, and keeps them like those of CPU 0.

/** A function by where it comes from: "" is the core, else a module. */
export interface FunctionName {
  readonly provider: string;
  readonly name: string;
}

/** A module was placed: its linked image, without data, and where each function that it imports comes from (undefined: a
 *  weak symbol that nobody has). */
export interface PlaceOrder {
  readonly kind: "place";
  readonly name: string;
  readonly image: Uint8Array<ArrayBuffer>;
  readonly imports: readonly { readonly name: string; readonly from: FunctionName | undefined }[];
  readonly tableSize: number;
}

/** A function has got a table slot. */
export interface SlotOrder {
  readonly kind: "slot";
  readonly slot: number;
  readonly from: FunctionName;
  readonly tableSize: number;
}

/** A module was unloaded: the image of its tombstones (host/loader/tombstones.ts), and whose graves they are. */
export interface BuryOrder {
  readonly kind: "bury";
  readonly name: string;
  readonly image: Uint8Array<ArrayBuffer>;
  readonly graves: readonly { readonly slot: number; readonly name: string }[];
}

export type CpuOrder = PlaceOrder | SlotOrder | BuryOrder;
