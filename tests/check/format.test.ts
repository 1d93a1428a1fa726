// The tree is formatted as `npm run format` leaves it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { formatTree } from "../../tools/check/format.ts";

test("every file is formatted (npm run format)", async () => {
  assert.deepEqual(await formatTree(false), []);
});
