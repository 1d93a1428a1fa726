import { compareTest } from "./test.ts";

compareTest("8139cp");
