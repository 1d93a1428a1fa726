// What kpi_insmod is told of a module: a ModuleImage (assembly/kernel/module/load.ts), then the modules it uses, and
// texts.

import type { ModInfo } from "./modinfo.ts";

interface Part {
  readonly address: number;
  readonly size: number;
}

interface Facts {
  /** Addresses and lengths of `__this_module`, the module's memory and its code. */
  readonly place: readonly [mod: number, base: number, size: number, textSize: number];
  readonly params: Part;
  readonly args: string;
  readonly taints: number;
  readonly info: ModInfo;
  /** A proprietary module whose symbol it uses: its `__this_module`, and the symbol. */
  readonly inherits?: { readonly mod: number; readonly symbol: string };
  /** `__this_module` of those that it uses. */
  readonly uses: readonly number[];
  readonly suites: Part;
  /** Calls of functions that it imports, as the debug flavour numbers them. */
  readonly sites: { readonly first: number; readonly count: number };
}

/** Words of a ModuleImage. */
const IMAGE_WORDS = 17;

export class ModuleRecord {
  readonly #facts: Facts;
  readonly #texts: readonly Buffer[];

  constructor(facts: Facts) {
    const texts = [facts.args, facts.info.get("license") ?? "unspecified", facts.inherits?.symbol ?? ""];
    this.#facts = facts;
    this.#texts = texts.map((text) => Buffer.from(`${text}\0`));
  }

  /** C strings, one after the other, which live as long as the module: charp parameters point into its arguments. */
  get texts(): Buffer {
    return Buffer.concat(this.#texts);
  }

  /** Bytes of what words() gives. */
  get bytes(): number {
    return 4 * (IMAGE_WORDS + this.#facts.uses.length);
  }

  /** What is at `at`, with the texts at `textsAt`. */
  words(at: number, textsAt: number): number[] {
    const { place, params, taints, inherits, uses, suites, sites } = this.#facts;
    const licenseAt = textsAt + this.#texts[0]!.length;
    const symbolAt = licenseAt + this.#texts[1]!.length;
    const own = [...place, params.address, params.size, textsAt, taints, licenseAt, inherits?.mod ?? 0, symbolAt];
    const lists = [at + 4 * IMAGE_WORDS, uses.length, suites.address, suites.size, sites.first, sites.count];
    return [...own, ...lists, ...uses];
  }
}
