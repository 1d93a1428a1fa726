// The process in which test modules run, one after the other, for isolate.ts: what one of them does to it does not end
// the run.

import { runTestModule, type TestOptions } from "./run.ts";

process.on("message", async ({ file, options }: { file: string; options: TestOptions }) => {
  const send = process.send!.bind(process);
  try {
    send({ result: await runTestModule(file, { ...options, onLog: (line) => void send({ line }) }) });
  } catch (error) {
    send({ error: (error as Error).message });
  }
});
