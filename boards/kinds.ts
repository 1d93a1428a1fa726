// Which boards there are.

/** The boards that a program may ask for. */
export const BOARDS = ["desktop", "qemu"] as const;
export type BoardKind = (typeof BOARDS)[number];
