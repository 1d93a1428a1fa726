// A node:test reporter for a machine: the final counts as one line of JSON. The spec reporter beside it is for people.
/** @param {AsyncIterable<{ type: string, data: any }>} events */
export default async function* countReporter(events) {
  for await (const { type, data } of events) {
    // There is also a summary for each file.
    if (type === "test:summary" && data.file === undefined) yield `${JSON.stringify(data.counts)}\n`;
  }
}
