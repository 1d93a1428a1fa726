// From a spec to a link.
import { KINDS } from "./kinds.ts";
import type { Link } from "./link.ts";
import type { LinkSpec } from "./spec.ts";

export async function openLink(spec: LinkSpec): Promise<Link> {
  return KINDS[spec.kind]!.open(spec);
}

/** Opens several; if one fails, those before it are closed again. */
export async function openLinks(specs: readonly LinkSpec[]): Promise<Link[]> {
  const links: Link[] = [];
  try {
    for (const spec of specs) links.push(await openLink(spec));
    return links;
  } catch (error) {
    for (const link of links) link.close();
    throw error;
  }
}
