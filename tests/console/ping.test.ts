// ping, as iputils prints it, and what it advises.

import assert from "node:assert/strict";
import { test } from "node:test";
import { boot } from "../run/harness.ts";

test("an interface that is down, and one without an address that fits, are told apart", async () => {
  const { run, system } = await boot();
  await run("modprobe 8139cp");
  const down = "ping: nothing could be sent to 10.0.2.2; bring it up: ip link set eth0 up";
  await assert.rejects(run("ping -c 1 peer"), { exitCode: 1, message: down });
  await run("ip link set eth0 up; ip addr del 10.0.2.15/24 dev eth0");
  const homeless = "ping: nothing could be sent to 10.0.2.2; see: ip addr";
  await assert.rejects(run("ping -c 1 peer"), { exitCode: 1, message: homeless });
  await system.shutdown();
});
