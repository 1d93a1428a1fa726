// Set-up as a whole: npm packages with Node 26, the Linux source, a compiler. Each step looks whether its result is
// there already; when all are, this costs some milliseconds.
import { findClang, setUpCompiler } from "./compiler.mjs";
import { checkLinuxSource, setUpLinux } from "./linux.mjs";
import { setUpNpm } from "./npm.mjs";

/** Brings about what building modules needs, where npm's packages are there already. */
export async function setUpBuild() {
  checkLinuxSource();
  await setUpLinux();
  await setUpCompiler();
}

/** Brings about all that building and running needs. Downloads nothing that is there. */
export async function setUp() {
  // What only the user can put right is said first, before minutes of downloading.
  checkLinuxSource();
  findClang();
  await setUpNpm();
  await setUpBuild();
}
