// The two images of the core, from one source (assembly/flavour.ts): debug tracks and checks, release has none of that.

export type Flavour = "debug" | "release";

export const FLAVOURS: readonly Flavour[] = ["debug", "release"];
