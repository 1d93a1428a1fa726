// The content cache: an entry holds as long as the files it was made from do, wherever they have moved.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ContentCache, digest, forgetHashes, parseDependencies } from "../../tools/kbuild/cache.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (found: Uint8Array | null) => found && new TextDecoder().decode(found);

test("an entry is valid for the content of its inputs, in any folder", (context) => {
  const folder = mkdtempSync(join(tmpdir(), "kpi-cache-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const place = (name: string, content: string) => {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, "a.h"), content);
    return new ContentCache(join(folder, "cache"), { tree: join(folder, name) });
  };
  const first = place("one", "1");
  assert.equal(first.get("key"), null);
  first.put("key", [join(folder, "one", "a.h")], bytes("made of 1"));
  assert.equal(text(first.get("key")), "made of 1");
  assert.equal(text(place("same", "1").get("key")), "made of 1");
  const changed = place("changed", "2");
  assert.equal(changed.get("key"), null);
  changed.put("key", [join(folder, "changed", "a.h")], bytes("made of 2"));
  assert.equal(text(changed.get("key")), "made of 2");
  assert.equal(text(first.get("key")), "made of 1");
  rmSync(join(folder, "one", "a.h"));
  forgetHashes();
  assert.equal(first.get("key"), null);
});

test("flags become portable", () => {
  const cache = new ContentCache("/cache", { tree: "/home/me/linux", generated: "/home/me/linux/generated" });
  assert.equal(cache.portable("-I/home/me/linux/include"), "-I$tree/include");
  assert.equal(cache.portable("-I/home/me/linux/generated/x"), "-I$generated/x");
});

test("dependency files", () => {
  const text = "x.o: a.c \\\n  dir\\ with\\ blanks/b.h \\\n  c.h\n";
  assert.deepEqual(parseDependencies(text), ["a.c", "dir with blanks/b.h", "c.h"]);
});

test("a digest keeps its parts apart", () => {
  assert.notEqual(digest("ab", "c"), digest("a", "bc"));
});
