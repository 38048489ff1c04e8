/** A manifest decides where a secret is sent: these checks keep a bundled vendor's key at that vendor. */

import type { Manifest } from "../contract/manifest.ts";
import { loomError } from "../errors/index.ts";
import { basesOf, covers } from "./manifest-reach.ts";

/**
 * Refuses a manifest that asks for a bundled vendor's key and sends it to another origin.
 *
 * @throws LoomError `plugin-invalid`, naming the variable and the two ways out
 */
export function checkManifestSafety(
  manifest: Manifest,
  origin: string,
  bundled: Readonly<Record<string, Manifest>>,
): void {
  for (const name of variablesOf(manifest)) {
    for (const vendor of Object.values(bundled)) {
      if (!vendor.auth.env?.includes(name)) continue;
      const elsewhere = strayOf(manifest, vendor);
      if (elsewhere === undefined) continue;
      throw loomError(
        "plugin-invalid",
        `manifest "${manifest.id}" (${origin}) would send ${name}, the key of ${vendor.label}, to ${elsewhere}; ` +
          `give it a variable of its own, or set providers.${vendor.id}.baseUrl if that is ${vendor.label} behind a proxy`,
        { plugin: `provider/${manifest.id}` },
      );
    }
  }
}

/** Every variable that a manifest reads: what is in it may leave with a request, as key, header, model or address. */
function variablesOf({ auth, env = {}, headers = {} }: Manifest): readonly string[] {
  const inHeaders = Object.values(headers).flatMap((value) =>
    [...value.matchAll(/\$\{([^}]*)\}/g)].flatMap(([, names = ""]) => names.split("|"))
  );
  return [...auth.env ?? [], ...inHeaders, ...env.model ?? [], ...env.baseUrl ?? []];
}

/** Where a manifest would send a vendor's key beside the places that are the vendor's own. */
function strayOf(manifest: Manifest, vendor: Manifest): string | undefined {
  if (originOf(vendor) !== originOf(manifest)) return originOf(manifest);
  const own = [new URL(vendor.baseUrl).hostname, ...vendor.hosts ?? []];
  const host = manifest.hosts?.find((one) => !own.some((pattern) => pattern === one || covers(pattern, one)));
  if (host !== undefined) return host;
  const origins = new Set([
    originOf(vendor),
    ...basesOf(vendor.media).map(([, base]) => new URL(base).origin),
  ]);
  return basesOf(manifest.media).map(([, base]) => new URL(base).origin).find((one) => !origins.has(one));
}

function originOf({ baseUrl }: Manifest): string {
  return new URL(baseUrl).origin;
}
