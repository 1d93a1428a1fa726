// What must hold whatever the input was.

import assert from "node:assert/strict";
import { KpiError } from "../../host/error.ts";
import { ObjectError } from "../../host/loader/reader.ts";

/** Nothing in it that breaks out of a line or drives a terminal. */
const ONE_LINE = /^[^\u0000-\u0008\n-\u001f\u007f-\u009f\u2028\u2029]+$/;
/** More would not be read by anybody. */
const LONGEST = 4000;

/** An error that a user may see: one line, with an exit code that `kpi` has. Anything else is thrown on. */
export function checkError(error: unknown): void {
  if (!(error instanceof KpiError) && !(error instanceof ObjectError)) throw error;
  assert.match(error.message, ONE_LINE);
  assert.ok(error.message.length <= LONGEST, `${error.message.length} characters: ${error.message.slice(0, 200)}…`);
  if (error instanceof KpiError) assert.ok(error.exitCode === 1 || error.exitCode === 2, `exit code ${error.exitCode}`);
}
