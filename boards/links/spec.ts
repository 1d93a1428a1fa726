// `--link KIND[:WHERE][,option[=value]]…`: what the user wrote, taken apart and checked.
import { KpiError } from "../../host/error.ts";
import { nearest } from "../../host/nearest.ts";
import { KINDS } from "./kinds.ts";
import type { Link } from "./link.ts";
import { WRAPPERS, planWrappers } from "./wrappers.ts";

export interface LinkSpec {
  /** As it was written. */
  readonly text: string;
  readonly kind: string;
  /** What stands behind the colon; "" if there is nothing. */
  readonly where: string;
  readonly options: Readonly<Record<string, string>>;
  /** Opens it. */
  open(): Promise<Link>;
}

function unknown(what: string, text: string, known: readonly string[]): KpiError {
  const [near] = nearest(text, known);
  return new KpiError(`${what} "${text}"; ${near ? `did you mean ${near}?` : `known: ${known.join(", ")}`}`, 2);
}

/** "tap:wire0,pcap=out.pcapng". An option without a value is "on". */
export function parseLinkSpec(text: string): LinkSpec {
  if (/[\n\r\0]/.test(text)) throw new KpiError("link: it has the end of a line in it", 2);
  const [first = "", ...rest] = text.split(",");
  const colon = first.indexOf(":");
  const kind = colon < 0 ? first : first.slice(0, colon);
  const where = colon < 0 ? "" : first.slice(colon + 1);
  if (!Object.hasOwn(KINDS, kind)) throw unknown(`link ${text}: unknown kind`, kind, Object.keys(KINDS));
  const known = KINDS[kind]!;
  if (known.where === "" && colon >= 0) throw new KpiError(`link ${text}: ${kind} has nothing behind a colon`, 2);
  if (known.where !== "" && where === "") throw new KpiError(`link ${text}: it wants ${kind}:${known.where}`, 2);
  const options = parseOptions(text, rest, [...known.options, ...Object.keys(WRAPPERS)]);
  const plan = known.plan(where, options, text);
  const wrap = planWrappers(options, text);
  return { text, kind, where, options, open: async () => wrap(await plan()) };
}

function parseOptions(text: string, items: readonly string[], known: readonly string[]): Record<string, string> {
  const options: Record<string, string> = {};
  for (const item of items) {
    const equals = item.indexOf("=");
    const name = equals < 0 ? item : item.slice(0, equals);
    if (!known.includes(name)) throw unknown(`link ${text}: unknown option`, name, known);
    if (Object.hasOwn(options, name)) throw new KpiError(`link ${text}: ${name} is given twice`, 2);
    options[name] = equals < 0 ? "on" : item.slice(equals + 1);
    if (options[name] === "") throw new KpiError(`link ${text}: ${name} has no value`, 2);
  }
  return options;
}

/** "eth0=tap:kpi0": an interface of the board and the link that has it. */
export function parseNetdevSpec(text: string): readonly [name: string, link: LinkSpec] {
  const match = /^([^\s/:=,]{1,15})=(.+)$/s.exec(text);
  if (match === null) throw new KpiError(`--netdev ${text}: it wants INTERFACE=LINK, as eth0=tap:kpi0`, 2);
  return [match[1]!, parseLinkSpec(match[2]!)];
}

/** Opens several; if one fails, those before it are closed again. */
export async function openLinks(specs: readonly Pick<LinkSpec, "open">[]): Promise<Link[]> {
  const links: Link[] = [];
  try {
    for (const spec of specs) links.push(await spec.open());
    return links;
  } catch (error) {
    for (const link of links) link.close();
    throw error;
  }
}
