// A row of the tables of macros.

export interface MacroRow {
  name: string;
  /** The kernel header that defines it. */
  header: string;
  form: "macro" | "inline";
  /** As it is called: `kmalloc(size, flags)`. */
  call: string;
  expandsTo: string;
  /** Symbols of the core that the expansion needs; none: it only touches memory of its own or of kernel structs. */
  servedBy: string[];
}

/** Its last word: the symbols of the core, separated by blanks. */
export type MacroEntry = [call: string, form: MacroRow["form"], expandsTo: string, servedBy: string];

/** By header. */
export type MacroTable = Record<string, MacroEntry[]>;

export function macroRows(table: MacroTable): MacroRow[] {
  return Object.entries(table).flatMap(([header, entries]) =>
    entries.map(([call, form, expandsTo, servedBy]) => ({
      name: call.replace(/\(.*/, ""),
      header,
      form,
      call,
      expandsTo,
      servedBy: servedBy.split(" ").filter((name) => name !== ""),
    })),
  );
}
