// `--insmod NAME param=value …`, as many times as there are names.

/** A list for each module: its name or file, then its parameters. */
export function modulesToLoad(words: readonly string[]): string[][] {
  const modules: string[][] = [];
  for (const word of words) {
    if (/^\w+=/.test(word) && modules.length > 0) modules.at(-1)!.push(word);
    else modules.push([word]);
  }
  return modules;
}
