// Kbuild Makefiles of any words in any order: read, or refused in one line.

import { parseKbuild } from "../../../tools/kbuild/makefile.ts";
import { checkError } from "../invariants.ts";
import { NAMES, type Random } from "../../random.ts";
import type { Target } from "../target.ts";

const LEFT = [
  "obj-m",
  "obj-y",
  "obj-$(CONFIG_E1000)",
  "a-objs",
  "a-y",
  "ccflags-y",
  "CFLAGS_a.o",
  "A",
  "B",
  "$(A)",
  "$(B)-y",
];
const RIGHT = [
  "a.o",
  "b.o",
  "a.c",
  "$(A)",
  "$(B)",
  "${A}",
  "$(A)$(A)",
  "$(CONFIG_E1000)",
  "$(src)",
  "$(srctree)/x",
  "-I $(src)",
  "-DX=1",
  "$(addprefix a/,b.o c.o)",
  "$(addsuffix .o,a b)",
  "$(shell rm -rf /)",
  "$(call cc-option,-Wx)",
  "$(",
  "$()",
  "${",
  "))",
  "\\",
  "#",
  "# x",
  "m",
  "y",
  "../../../etc/passwd",
];
const WHOLE = [
  "else",
  "endif",
  "ifdef A",
  "ifndef CONFIG_X",
  "ifeq ($(A),m)",
  "ifneq ($(B),)",
  "else ifeq (a,a)",
  "ifeq a",
  "\t@echo",
  "",
];

function line(random: Random): string {
  if (random.once(4)) return random.pick(WHOLE);
  if (random.once(12)) return random.text("ab$(){}:=+?\\#,\t -.", 30);
  const words = random.list(0, 4, () => (random.once(12) ? random.pick(NAMES).slice(0, 400) : random.pick(RIGHT)));
  const left = random.once(12) ? random.pick(NAMES).slice(0, 400) : random.pick(LEFT);
  return `${left} ${random.pick([":=", "=", "+=", "?="])} ${words.join(" ")}`;
}

export const makefiles: Target<string> = {
  name: "makefiles",
  about: "Kbuild Makefiles of any words in any order",
  cases: 100_000,
  expects: { modules: 0.05, none: 0.1 },
  open: () => ({
    make: (random) => random.list(1, 12, () => line(random)),
    run(lines) {
      try {
        const context = { config: new Map([["CONFIG_E1000", "m"]]), tree: "/linux", folder: "/linux/drivers/x" };
        const { modules } = parseKbuild(lines.join("\n"), context);
        return modules.length > 0 ? "modules" : "none";
      } catch (error) {
        checkError(error);
        return "refused";
      }
    },
  }),
};
