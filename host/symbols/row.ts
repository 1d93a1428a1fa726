// A symbol of the core: one row of docs/symbols.md, of `kpi symbols`, and of build/symbols.json.

export interface SymbolRow {
  /** The C name that modules import. */
  name: string;
  kind: "function" | "data";
  /** The kernel header that declares it; "" for the host's own entry points. */
  header: string;
  /** What it does. */
  summary: string;
  /** How it fails: errno names such as "-ENOMEM", and "NULL". */
  errors: string[];
  /** Where it may be called: "any", "process", "softirq", "hardirq", with conditions. */
  context: string;
  /** Where it differs from Linux. */
  differs?: string;
  /** The source file, from the root of the repository. */
  file: string;
  /** Its name in that file. */
  function: string;
  /** Names of its parameters; none for data. */
  params: string[];
  /** Their types in AssemblyScript, and its result's; for data none, and "". */
  types: string[];
  returns: string;
  /** How many parameters it has as wasm; 0 for data. */
  arity: number;
  /** Its wasm type: "(i32, i32) -> i32"; for data that of its address. */
  signature: string;
}
