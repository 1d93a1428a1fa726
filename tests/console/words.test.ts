// How a console line is taken apart, and what becomes of what would drive a terminal.

import assert from "node:assert/strict";
import { test } from "node:test";
import { KpiError } from "../../host/error.ts";
import { commandsOf } from "../../host/console/words.ts";

test("spaces separate words, semicolons and line ends commands, quotes join", () => {
  assert.deepEqual(commandsOf(" ip  link;lsmod\nrmmod 'a b'\"c;\nd\" ; ;"), [
    ["ip", "link"],
    ["lsmod"],
    ["rmmod", "a bc;\nd"],
  ]);
  assert.deepEqual(commandsOf("insmod ''"), [["insmod", ""]]);
  assert.throws(() => commandsOf('a "b\nc'), /^KpiError: unfinished double quote in: a "b c$/);
});

test("no error drives a terminal", () => {
  assert.equal(new KpiError("no \u001b[2Jmodule \u009b\u2028\r\tx").message, "no \\x1b[2Jmodule \\x9b\\u2028\\x0d\tx");
});
