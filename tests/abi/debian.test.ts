// Our configuration lays shared structs out as Debian's 4kc-malta kernel does, to the last bit-field (DESIGN.md, 3).
import assert from "node:assert/strict";
import { test } from "node:test";
import { debianLayouts, sharedHeaders, sharedStructs } from "../../tools/abi/debian.ts";
import { findRecord, type Member } from "../../tools/abi/records.ts";
import { recordsOf } from "../../tools/abi/scan.ts";
import { prepareTree } from "../../tools/kbuild/environment.ts";
import { kernelRelease } from "../../tools/kbuild/headers.ts";
import { haveApt } from "../../tools/setup/apt.mjs";
import { linuxTree, LINUX_VERSION } from "../../tools/setup/paths.mjs";

const otherTree = !LINUX_VERSION.startsWith(`${kernelRelease(linuxTree())}-`) && "KPI_LINUX is not the reference tree";
const skip = otherTree || (!haveApt() && "no apt-get to fetch Debian's headers with");

/** size_t is unsigned int there and unsigned long here: the same bits. */
const sameType = (type: string) => type.replace(/\bunsigned long\b(?! long)/g, "unsigned int");

function flatten(members: readonly Member[], path: string): string[] {
  return members.flatMap((member) => {
    const place = member.bits ? `${member.offset}:${member.bits.join("-")}` : `${member.offset}`;
    const name = `${path}.${member.name}`;
    // The name of a struct type may differ where its members do not.
    return [`${name} at ${place}${member.record ? "" : ` ${sameType(member.type)}`}`, ...flatten(member.members, name)];
  });
}

test("shared structs agree with Debian's 4kc-malta kernel", { skip }, async (context) => {
  const env = await prepareTree();
  const theirs = await debianLayouts(env.compiler);
  const ours = await recordsOf(env, sharedHeaders);
  for (const name of sharedStructs) {
    await context.test(`struct ${name}`, () => {
      const [debian, here] = [findRecord(theirs, name), findRecord(ours, name)];
      assert.ok(debian && here, `struct ${name} is not defined`);
      assert.deepEqual([here.size, here.align], [debian.size, debian.align]);
      assert.deepEqual(flatten(here.members, name), flatten(debian.members, name));
    });
  }
});
