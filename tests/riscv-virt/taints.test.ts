// What a module of an image deserves of taints by what it uses: as on the desktop (tests/run/exports.test.ts).

import { test } from "node:test";
import { cachedImage } from "../../tools/image/cache.ts";
import { SKIP as skip, TestBoard } from "../firmware/board.ts";
import { build, driver, options } from "../firmware/images.ts";

test("who uses a proprietary module of the image inherits its taint, and says so", { skip }, async () => {
  await build("lender", "borrower");
  const board = new TestBoard(await cachedImage(options([driver("lender"), driver("borrower")], 1024, "WASM")));
  try {
    board.on();
    await board.says(
      /borrower: module uses symbols lent from proprietary module lender, inheriting taint\.[^]*lent 1[^]*kpi: ready/,
    );
  } finally {
    await board.remove();
  }
});
