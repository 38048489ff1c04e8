/** Where a request goes: under the vendor's base URL, or to a whole URL that the vendor gave, and who may see the key there. */

import type { Exchange } from "../contract/services.ts";
import { loomError } from "../errors/index.ts";

/** One place to send to. */
export interface Address {
  readonly origin: string;
  readonly path: string;
  /** It is the vendor's own host, which may be sent the key. */
  readonly trusted: boolean;
}

/** Base URLs, taken apart once. */
export type Addresses = Map<string, { readonly origin: string; readonly prefix: string }>;

export function createAddresses(): Addresses {
  return new Map();
}

/** @throws LoomError `invalid-reply`, when the vendor names an address that is none, or one that is not safe to ask */
export function addressOf(known: Addresses, plan: Exchange, path: string): Address {
  const base = baseOf(known, plan.baseUrl);
  if (path.startsWith("/..")) {
    const url = new URL(base.origin + base.prefix + path);
    return { origin: base.origin, path: url.pathname + url.search, trusted: true };
  }
  if (path.startsWith("/")) return { origin: base.origin, path: base.prefix + path, trusted: true };
  const details = { provider: plan.manifest.id, recovery: "never" as const };
  if (!URL.canParse(path)) {
    throw loomError("invalid-reply", `${plan.manifest.label} named an address that is none`, {}, details);
  }
  const url = new URL(path);
  const trusted = url.origin === base.origin ||
    url.protocol === "https:" && (plan.manifest.hosts ?? []).some((host) => covers(host, url.hostname));
  if (!trusted && url.protocol !== "https:") {
    const message =
      `${plan.manifest.label} named an address that is not https: (${url.origin}); it is not asked`;
    throw loomError("invalid-reply", message, {}, details);
  }
  return { origin: url.origin, path: url.pathname + url.search, trusted };
}

function baseOf(known: Addresses, url: string): { readonly origin: string; readonly prefix: string } {
  let base = known.get(url);
  if (base === undefined) {
    const { origin, pathname } = new URL(url);
    base = { origin, prefix: pathname.replace(/\/+$/, "") };
    if (known.size < 1_000) known.set(url, base);
  }
  return base;
}

/** `*.example.com` covers every host below `example.com`, and not that one. */
function covers(pattern: string, host: string): boolean {
  return pattern.startsWith("*.") ? host.endsWith(pattern.slice(1)) : host === pattern;
}
