import { compareTest } from "./test.ts";

compareTest("e1000");
