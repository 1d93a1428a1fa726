// Power that fails while a board's flash is written, again and again.

import { test } from "node:test";
import { RISCV_VIRT } from "../firmware/board.ts";
import { powerFails } from "../firmware/power.ts";
import { figure, progress } from "./soak.ts";

const TIMES = 200;

test("riscv-virt: power that fails while the flash is written", async (context) => {
  const left = { old: 0, new: 0 };
  await powerFails(RISCV_VIRT, TIMES, 200, (which) => {
    left[which]++;
    progress(`${left.old + left.new} of ${TIMES}`);
  });
  figure(context, "power failures", TIMES);
  figure(context, "the old image booted", left.old);
  figure(context, "the new image booted", left.new);
});
