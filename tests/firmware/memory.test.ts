// How much memory an image has: what it cannot do without, and per-CPU data of modules.

import assert from "node:assert/strict";
import { test } from "node:test";
import { KpiError } from "../../host/error.ts";
import { cachedImage } from "../../tools/image/cache.ts";
import { FIRMWARE_RAM, VALUES_RAM } from "../../tools/image/firmware.ts";
import { buildImage } from "../../tools/image/image.ts";
import { BOARDS, TestBoard } from "./board.ts";
import { build, driver, options } from "./images.ts";

await build("percpu_init");
const drivers = [driver("percpu_init")];

for (const { board, skip } of BOARDS) {
  test(
    `${board.name}: an image for too little RAM is refused, one for the least boots, with per-CPU variables of a module`,
    { skip },
    async () => {
      const small = options(drivers, 256, "WASM", board);
      let least = 0;
      await assert.rejects(buildImage(small), (error) => {
        assert.ok(error instanceof KpiError);
        const found = /^the core and its drivers need a board with (\d+) KiB of RAM at least, not 256$/.exec(
          error.message,
        );
        least = Number(found?.[1]);
        return true;
      });
      assert.ok(least > (FIRMWARE_RAM + VALUES_RAM) >> 10, String(least));
      const tight = new TestBoard(await cachedImage(options(drivers, least, "WASM", board)), least, board);
      try {
        const { line } = tight.on();
        await tight.says(/percpu: 42, 123456789abcdef0, 2, clean\r\n[^]*kpi: ready/);
        assert.doesNotMatch(tight.text, /trap|allocation failure/);
        tight.text = "";
        line.write("rmmod percpu_init\n");
        await tight.says(/kpi: percpu_init is out\r\n/);
        line.write("insmod percpu_init\n");
        await tight.says(/percpu: 42, 123456789abcdef0, 2, clean\r\nkpi: percpu_init is in\r\n/);
      } finally {
        await tight.remove();
      }
      const under = options(drivers, least - 4, "WASM", board);
      await assert.rejects(buildImage(under), new RegExp(`with ${least} KiB of RAM at least, not ${least - 4}$`));
    },
  );
}
