// Names that somebody who typed another may have meant.

/** Edits (insert, delete, replace, swap neighbours) between two words; gives up above `limit`. */
export function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = last[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(replace, last[j] + 1, row[j - 1] + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        row[j] = Math.min(row[j], before[j - 2] + 1);
    }
    before = last;
    last = row;
  }
  return last[b.length];
}

/** Up to five of `names`, nearest first: a few letters off, or with or without underscores or a part of the word. */
export function nearest(word: string, names: readonly string[]): string[] {
  if (word.length > 64) return [];
  const bare = (name: string): string => name.replace(/^_+/, "").toLowerCase();
  const wanted = bare(word);
  const limit = Math.max(1, Math.floor(wanted.length / 4));
  const score = (name: string): number => {
    const own = bare(name);
    if (wanted.length >= 4 && (own.includes(wanted) || (own.length >= 4 && wanted.startsWith(own)))) return 1;
    return distance(wanted, own, limit);
  };
  return names
    .map((name) => ({ name, score: score(name) }))
    .filter((entry) => entry.score <= limit)
    .sort((a, b) => a.score - b.score || a.name.length - b.name.length || (a.name < b.name ? -1 : 1))
    .slice(0, 5)
    .map(({ name }) => name);
}
