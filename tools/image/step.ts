// Steps of an image's making that take long: what they made of the same may be there already (cache.ts).

/** What `make` makes of `input` and of nothing else. */
export type Step = (
  name: string,
  input: readonly (string | Uint8Array)[],
  make: () => Uint8Array | Promise<Uint8Array>,
) => Promise<Uint8Array>;

/** Makes it each time. */
export const afresh: Step = async (_name, _input, make) => make();
