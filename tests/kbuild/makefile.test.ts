// The reader of Kbuild Makefiles.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { loadConfig } from "../../tools/kbuild/config.ts";
import { debianSourcesOf, parseKbuild } from "../../tools/kbuild/makefile.ts";
import { debianSource } from "../../tools/setup/debian-sources.mjs";
import { linuxTree } from "../../tools/setup/paths.mjs";

const config = new Map([
  ["CONFIG_M", "m"],
  ["CONFIG_Y", "y"],
  ["CONFIG_NAME", '"text"'],
]);
const parse = (text: string) => parseKbuild(text, { config, tree: "/tree", folder: "/tree/drivers/probe" });
const module = (text: string, name: string) => parse(text).modules.find((found) => found.name === name);

test("obj- with each value of a configuration option", () => {
  const text = "obj-$(CONFIG_M) += a.o\nobj-$(CONFIG_Y) += b.o\nobj-$(CONFIG_OFF) += c.o\nobj-m += d.o sub/\n";
  const states = Object.fromEntries(parse(text).modules.map(({ name, state }) => [name, state]));
  assert.deepEqual(states, { a: "m", b: "y", c: "", d: "m" });
});

test("composite modules, continued lines, comments, options inside", () => {
  const text = [
    "obj-m += foo.o # the driver",
    "foo-objs := main.o \\",
    "\thelp.o",
    "foo-y += more.o",
    "foo-$(CONFIG_Y) += yes.o",
    "foo-$(CONFIG_OFF) += no.o",
  ].join("\n");
  assert.deepEqual(module(text, "foo")?.sources, ["main.c", "help.c", "more.c", "yes.c"]);
});

test("a module of one file has that file", () => {
  assert.deepEqual(module("obj-m := ne2k-pci.o", "ne2k-pci")?.sources, ["ne2k-pci.c"]);
});

test("conditionals", () => {
  const text = [
    "ifeq ($(CONFIG_M),m)",
    "obj-m += a.o",
    "else",
    "obj-m += b.o",
    "endif",
    "ifdef CONFIG_OFF",
    "obj-m += c.o",
    "ifneq (x,y)",
    "obj-m += d.o",
    "endif",
    "else ifdef CONFIG_Y",
    "obj-m += e.o",
    "endif",
    "ifneq ($(CONFIG_NAME),text)",
    "obj-m += f.o",
    "endif",
  ].join("\n");
  assert.deepEqual(
    parse(text).modules.map(({ name }) => name),
    ["a", "e"],
  );
});

test("flags for the folder and for one file; those of another compiler are left out", () => {
  const kbuild = parse(
    [
      "ccflags-y += -I$(srctree)/include/probe -I $(srctree)/$(src) -I$(src)/a -DX=1 -mno-sse $(call cc-option,-Wno-x)",
      "CFLAGS_main.o := -DMAIN",
    ].join("\n"),
  );
  assert.deepEqual(kbuild.flags, [
    "-I/tree/include/probe",
    "-I/tree/drivers/probe",
    "-I/tree/drivers/probe/a",
    "-DX=1",
  ]);
  assert.deepEqual(kbuild.fileFlags.get("main"), ["-DMAIN"]);
});

test("recipes of make are not assignments", () => {
  assert.deepEqual(
    parse("obj-m := a.o\nclean:\n\trm -f obj-m=b.o\n").modules.map(({ name }) => name),
    ["a"],
  );
});

test("the kernel's own Makefiles", () => {
  const kernel = (folder: string) => {
    const path = join(linuxTree(), folder);
    const text = readFileSync(join(path, "Makefile"), "utf8");
    return parseKbuild(text, { config: loadConfig(), tree: linuxTree(), folder: path }).modules;
  };
  const realtek = kernel("drivers/net/ethernet/realtek");
  assert.equal(realtek.find(({ name }) => name === "8139cp")?.state, "m");
  assert.deepEqual(realtek.find(({ name }) => name === "r8169")?.sources.toSorted(), [
    "r8169_firmware.c",
    "r8169_main.c",
    "r8169_phy_config.c",
  ]);
  const e1000 = kernel("drivers/net/ethernet/intel/e1000")[0];
  assert.deepEqual(e1000?.sources, ["e1000_main.c", "e1000_hw.c", "e1000_ethtool.c", "e1000_param.c"]);
});

test("$(DEBIAN_lwip) is where set-up puts that source, of a package that it does not know there is none", () => {
  const text = "obj-m := a.o\na-y := own.o $(DEBIAN_lwip)/src/core/udp.o\nccflags-y := -I$(DEBIAN_lwip)/src/include\n";
  const source = debianSource("lwip");
  assert.deepEqual(module(text, "a")?.sources, ["own.c", `${source}/src/core/udp.c`]);
  assert.deepEqual(parse(text).flags, [`-I${source}/src/include`]);
  assert.deepEqual(debianSourcesOf(`${text}${"$(DEBIAN_nonsense) ${DEBIAN_constructor}"}`), ["lwip"]);
});
