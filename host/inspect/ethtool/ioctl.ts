// SIOCETHTOOL from the host: a struct of linux/ethtool.h in the kernel's memory, filled in, passed to kpi_ethtool, and
// read again. Offsets are the generated ones of assembly/abi.

import { KpiError } from "../../error.ts";
import { errorName, errorText } from "../../errno.ts";
import { TaskKilled } from "../../machine/faults.ts";
import { withBuffer } from "../../machine/kernel-buffer.ts";
import type { System } from "../../system.ts";

/** A struct in the kernel's memory, its members by their offsets. */
export class Struct {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  u8(at: number): number {
    return this.#view.getUint8(at);
  }

  u32(at: number): number {
    return this.#view.getUint32(at, true);
  }

  i32(at: number): number {
    return this.#view.getInt32(at, true);
  }

  /** Counters of drivers; beyond 2^53 they are rounded. */
  u64(at: number): number {
    return Number(this.#view.getBigUint64(at, true));
  }

  setU8(at: number, value: number): void {
    this.#view.setUint8(at, value);
  }

  setU32(at: number, value: number): void {
    this.#view.setUint32(at, value, true);
  }

  bytes(at: number, length: number): Uint8Array {
    return this.#bytes.slice(at, at + length);
  }

  setBytes(at: number, bytes: Uint8Array): void {
    this.#bytes.set(bytes, at);
  }

  /** A char array: up to its NUL, if it has one. */
  text(at: number, length: number): string {
    const bytes = this.bytes(at, length);
    const end = bytes.indexOf(0);
    return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString();
  }
}

export interface Request<T> {
  /** ETHTOOL_G…, ETHTOOL_S…: the struct's first word. */
  readonly cmd: number;
  /** Bytes of the struct, with what follows it. */
  readonly size: number;
  /** How the message begins if the driver cannot, as the real tool's does: "Cannot get device pause settings". */
  readonly failure: string;
  readonly fill?: (struct: Struct) => void;
  readonly read: (struct: Struct, result: number) => T;
}

/** Runs one request on the interface called `name`. Fails with the errno's name as the error's code. */
export async function ethtoolIoctl<T>(system: System, name: string, request: Request<T>): Promise<T> {
  const { machine, interfaces } = system;
  const { cmd, size, failure, fill, read } = request;
  await interfaces.refresh();
  const { ifindex } = interfaces.named(name);
  return withBuffer(machine, size, async (buffer) => {
    const memory = machine.text.bytes.subarray(buffer, buffer + size);
    memory.fill(0);
    const struct = new Struct(memory);
    struct.setU32(0, cmd);
    fill?.(struct);
    let result: number;
    try {
      result = await machine.callExport("kpi_ethtool", [ifindex, buffer, size]);
    } catch (error) {
      if (error instanceof TaskKilled)
        throw new KpiError(`${failure}: the driver trapped: ${error.reason}`, 1, "EFAULT");
      throw error;
    }
    if (result < 0) throw new KpiError(`${failure}: ${errorText(result)}`, 1, errorName(result));
    return read(new Struct(machine.text.bytes.slice(buffer, buffer + size)), result);
  });
}

/** What a request answers, or undefined if the driver has no such operation. */
export async function ifSupported<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof KpiError && error.code === "EOPNOTSUPP") return undefined;
    throw error;
  }
}

/** A struct of words: each member's name and where it lies. */
export type Words<K extends string> = Readonly<Record<K, number>>;

/** A get command of a struct that is all words, as an object. */
export function getWords<K extends string>(
  system: System,
  name: string,
  words: Words<K>,
  request: { cmd: number; size: number; failure: string },
): Promise<Record<K, number>> {
  const members = Object.entries(words) as [K, number][];
  const read = (struct: Struct): Record<K, number> =>
    Object.fromEntries(members.map(([member, at]) => [member, struct.u32(at)])) as Record<K, number>;
  return ethtoolIoctl(system, name, { ...request, read });
}

/** The set command: `values`, over what the get command said. */
export async function setWords<K extends string>(
  system: System,
  name: string,
  words: Words<K>,
  values: Readonly<Partial<Record<K, number>>>,
  request: { get: number; set: number; size: number; failure: string },
): Promise<void> {
  const { get, set, size, failure } = request;
  const now = await getWords(system, name, words, { cmd: get, size, failure });
  await ethtoolIoctl(system, name, {
    cmd: set,
    size,
    failure,
    fill(struct) {
      for (const [member, at] of Object.entries(words) as [K, number][])
        struct.setU32(at, values[member] ?? now[member]);
    },
    read: () => undefined,
  });
}
