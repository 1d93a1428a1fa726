// Kernel error numbers in words, as strerror has them.

import { getSystemErrorMap } from "node:util";

/** Numbers that only kernels use, or that a host may name otherwise. */
const KERNEL_ONLY: Record<number, string> = {
  517: "Driver requests probe retry",
  524: "Operation is not supported",
};

/** "No such device (-19)"; `result` is what a kernel function returned, negative. */
export function errorText(result: number): string {
  const text = KERNEL_ONLY[-result] ?? getSystemErrorMap().get(result)?.[1] ?? "Unknown error";
  return `${text[0].toUpperCase()}${text.slice(1)} (${result})`;
}
