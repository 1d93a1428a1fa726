// An asc transform for drivers in TypeScript (driver/): what C drivers have macros for.
//
//   MODULE_LICENSE("GPL");                   taken out, for .modinfo
//   module_param(debug, 0o644);              taken out; the variable stays one, although the program never changes it
//   pci_device_table(PCI_DEVICE(v, d))       memory.data<u32>([v, d, …, 0]) with the empty entry at its end
//   pr_info("%d %s\n", n, "text")            __log_printk(cstr("\x016%d %s\n"), __va2(n, cstr("text"))), __va_end(16)
//
// It also keeps the places that make objects of AssemblyScript's: if the program turns out to need its memory manager,
// which no driver has, they are what the error names.

import { Transform } from "assemblyscript/transform";
import { dataCall } from "../../asc/cstr.mjs";
import * as assemblyscript from "assemblyscript/dist/assemblyscript.js";

// Declared const enums and private methods, but asc has them at run time.
const { CommonFlags, Compiler, Node, NodeKind } = /** @type {any} */ (assemblyscript);
const { i64_new, i64_low } = /** @type {any} */ (globalThis);

/** @typedef {{ message: string, file: string, line: number }} Complaint */

/** What the sources say of the module.
 *  @typedef {object} Metadata
 *  @property {[tag: string, value: string][]} info
 *  @property {{ name: string, permissions: number, source: string }[]} params
 *  @property {string[]} tables  variables that hold tables of PCI ids
 *  @property {Complaint[]} complaints  what the driver says in a way that cannot be built
 *  @property {Complaint[]} managed  where it makes objects */

const TEXT_TAGS = new Map([
  ["MODULE_LICENSE", "license"],
  ["MODULE_AUTHOR", "author"],
  ["MODULE_DESCRIPTION", "description"],
  ["MODULE_VERSION", "version"],
  ["MODULE_ALIAS", "alias"],
]);

/** Functions with a format: what they become, what stands before the format, and how many arguments do. */
const LOGS = new Map([
  ["printk", { call: "__log_printk", prefix: "", fixed: 0 }],
  ["pr_err", { call: "__log_printk", prefix: "\x013", fixed: 0 }],
  ["pr_warn", { call: "__log_printk", prefix: "\x014", fixed: 0 }],
  ["pr_notice", { call: "__log_printk", prefix: "\x015", fixed: 0 }],
  ["pr_info", { call: "__log_printk", prefix: "\x016", fixed: 0 }],
  ...["dev_err", "dev_warn", "dev_info", "dev_dbg", "netdev_err", "netdev_warn", "netdev_info"].map(
    (name) => /** @type {const} */ ([name, { call: `__log_${name}`, prefix: "", fixed: 1 }]),
  ),
]);

const MOST_VALUES = 6;
const PCI_ANY_ID = -1;

const isText = (/** @type {any} */ node) => node?.literalKind !== undefined && typeof node.value === "string";
const isName = (/** @type {any} */ node) => node?.kind === NodeKind.Identifier;
/** The name of the function that a node calls. @param {any} node */
const callee = (node) => (node?.kind === NodeKind.Call && isName(node.expression) ? node.expression.text : undefined);

/** @param {any} range @param {string} message @returns {Complaint} */
function at(range, message) {
  const source = range.source;
  return { message, file: source.normalizedPath, line: source.lineAt(range.start) };
}

const name = (/** @type {string} */ text, /** @type {any} */ range) => Node.createIdentifierExpression(text, range);
const integer = (/** @type {number} */ value, /** @type {any} */ range) =>
  Node.createIntegerLiteralExpression(i64_new(value, value < 0 ? -1 : 0), range);
/** The address of a C string. */
const text = (/** @type {string} */ value, /** @type {any} */ range) => {
  const { callee: data, typeArguments, args } = dataCall([value], range);
  return Node.createCallExpression(data, typeArguments, args, range);
};
const call = (/** @type {string} */ fn, /** @type {any[]} */ args, /** @type {any} */ range) =>
  Node.createCallExpression(name(fn, range), null, args, range);

class Rewriter {
  /** @param {Metadata} metadata */
  constructor(metadata) {
    this.metadata = metadata;
  }

  /** @param {any} node @param {string} message */
  complain(node, message) {
    this.metadata.complaints.push(at(node.range, message));
  }

  /** A top-level statement that is no code: true. @param {any} statement */
  declares(statement) {
    if (statement.kind !== NodeKind.Expression) return false;
    const fn = callee(statement.expression);
    const args = statement.expression.args;
    const tag = TEXT_TAGS.get(fn);
    const { info, params, tables } = this.metadata;
    if (tag) {
      if (args.length === 1 && isText(args[0])) info.push([tag, args[0].value]);
      else this.complain(statement, `${fn}() takes a text in quotes`);
    } else if (fn === "module_param") {
      const permissions = args[1]?.value;
      if (isName(args[0]) && permissions !== undefined)
        params.push({
          name: args[0].text,
          permissions: i64_low(permissions),
          source: statement.range.source.internalPath,
        });
      else
        this.complain(
          statement,
          "module_param() takes a variable of this file and its permissions: module_param(debug, 0o644)",
        );
    } else if (fn === "MODULE_PARM_DESC") {
      if (isName(args[0]) && isText(args[1])) info.push(["parm", `${args[0].text}:${args[1].value}`]);
      else this.complain(statement, "MODULE_PARM_DESC() takes a variable of this file and a text in quotes");
    } else if (fn === "MODULE_DEVICE_TABLE") {
      if (isText(args[0]) && args[0].value === "pci" && isName(args[1])) tables.push(args[1].text);
      else this.complain(statement, 'MODULE_DEVICE_TABLE() takes "pci" and a table that is a const of this file');
    } else {
      return false;
    }
    return true;
  }

  /** @param {any} node a call of pci_device_table */
  table(node) {
    const { range } = node;
    const words = node.args.flatMap((/** @type {any} */ entry) => {
      if (callee(entry) !== "PCI_DEVICE" || entry.args.length !== 2) {
        this.complain(entry, "pci_device_table() takes entries PCI_DEVICE(vendor, device)");
        return [];
      }
      const rest = [PCI_ANY_ID, PCI_ANY_ID, 0, 0, 0, 0].map((value) => integer(value, range));
      return [...entry.args, ...rest];
    });
    const end = Array.from({ length: 8 }, () => integer(0, range));
    node.expression = Node.createPropertyAccessExpression(name("memory", range), name("data", range), range);
    node.typeArguments = [Node.createNamedType(Node.createSimpleTypeName("u32", range), [], false, range)];
    node.args = [Node.createArrayLiteralExpression([...words, ...end], range)];
  }

  /** A message, as an expression. @param {any} node @param {{ call: string, prefix: string, fixed: number }} log */
  message(node, { call: target, prefix, fixed }) {
    const { range, args } = node;
    const format = args[fixed];
    const values = args.slice(fixed + 1).map((/** @type {any} */ arg) => (isText(arg) ? text(arg.value, range) : arg));
    if (!isText(format)) this.complain(node, `${node.expression.text}() takes a format in quotes`);
    if (values.length > MOST_VALUES)
      this.complain(node, `${node.expression.text}() takes at most ${MOST_VALUES} values`);
    if (!isText(format) || values.length > MOST_VALUES) return node;
    const va = values.length === 0 ? integer(0, range) : call(`__va${values.length}`, values, range);
    const said = call(target, [...args.slice(0, fixed), text(prefix + format.value, range), va], range);
    if (values.length === 0) return said;
    const bytes = Math.ceil(values.length / 2) * 16;
    return Node.createCommaExpression([said, call("__va_end", [integer(bytes, range)], range)], range);
  }

  /** A node with everything below it rewritten. @param {any} node @returns {any} */
  expression(node) {
    if (Array.isArray(node)) {
      for (let i = 0; i < node.length; i++) node[i] = this.expression(node[i]);
      return node;
    }
    if (!node || typeof node !== "object") return node;
    for (const key of Object.keys(node)) {
      if (!["range", "parent", "source", "debugInfoRef"].includes(key)) node[key] = this.expression(node[key]);
    }
    const fn = callee(node);
    if (fn === "pci_device_table") this.table(node);
    const log = LOGS.get(fn);
    return log ? this.message(node, log) : node;
  }
}

/** Has the variables of `names` exported: what the program never changes would become a constant otherwise.
 *  @param {any[]} statements @param {Set<string>} names */
function keepVariables(statements, names) {
  for (const statement of statements.filter(({ kind }) => kind === NodeKind.Variable)) {
    for (const declaration of statement.declarations) {
      if (names.delete(declaration.name.text)) declaration.flags |= CommonFlags.Export | CommonFlags.ModuleExport;
    }
  }
}

/** Notes where the program of the compiler makes objects. @type {WeakMap<object, Metadata>} */
const watched = new WeakMap();

for (const method of [
  "compileNewExpression",
  "compileLiteralExpression",
  "compileTemplateLiteral",
  "compileThrowStatement",
]) {
  const original = Compiler.prototype[method];
  /** @param {any} node @param {any[]} rest @this {any} */
  Compiler.prototype[method] = function (node, ...rest) {
    const result = original.call(this, node, ...rest);
    const metadata = watched.get(this.program);
    const managed = method === "compileThrowStatement" || this.currentType.isManaged;
    if (metadata && managed && !node.range.source.isLibrary) metadata.managed.push(at(node.range, ""));
    return result;
  };
}

/** A transform for one compilation; it fills in `metadata`. @param {Metadata} metadata */
export function driverTransform(metadata) {
  return class extends Transform {
    /** @param {any} parser */
    afterParse(parser) {
      watched.set(/** @type {any} */ (this).program, metadata);
      for (const source of parser.sources.filter((/** @type {any} */ entry) => !entry.isLibrary)) {
        const rewriter = new Rewriter(metadata);
        const kept = new Set([...metadata.params.map((param) => param.name), ...metadata.tables]);
        source.statements = source.statements.filter((/** @type {any} */ statement) => !rewriter.declares(statement));
        const names = [...metadata.params.map((param) => param.name), ...metadata.tables].filter(
          (known) => !kept.has(known),
        );
        const wanted = new Set(names);
        keepVariables(source.statements, wanted);
        for (const lacking of wanted) {
          metadata.complaints.push({
            message: `${lacking} is no variable of this file`,
            file: source.normalizedPath,
            line: 0,
          });
        }
        rewriter.expression(source.statements);
      }
    }
  };
}
