/** A provider made of data: a manifest, the codec of its dialect, and what this Loom's configuration changes. */

import type { Codec } from "../contract/dialect.ts";
import type { Manifest } from "../contract/manifest.ts";
import type { Modality } from "../contract/call.ts";
import type { KeyNeed, Provider } from "../contract/provider.ts";
import type { Environment, Exchange, Http, Timeouts } from "../contract/services.ts";
import { expandHeader, faultOfBaseUrl } from "../discovery/manifest-values.ts";
import { loomError } from "../errors/index.ts";

/** What `providers: { <id>: … }` may change. */
export interface ProviderOverrides {
  readonly baseUrl?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly timeouts?: Timeouts | undefined;
  readonly models?: "catalog" | "open" | undefined;
}

/** Headers, address and key need are computed here, once; a call only adds its body and key. */
export function manifestProvider(
  manifest: Manifest,
  codec: Codec,
  http: Http,
  environment: Environment,
  overrides: ProviderOverrides,
): Provider {
  const baseUrl = baseUrlOf(manifest, environment, overrides);
  const url = new URL(baseUrl);
  const headers = { ...staticHeaders(manifest, environment), ...lowerCase(overrides.headers ?? {}) };
  const exchange: Omit<Exchange, "key"> = {
    codec,
    manifest,
    baseUrl,
    headers,
    ...(overrides.timeouts === undefined ? {} : { timeouts: overrides.timeouts }),
  };
  const defaultModel = firstSet(manifest.env?.model, environment);
  const key = keyNeed(manifest);
  return {
    label: manifest.label,
    modalities: modalitiesOf(manifest),
    models: overrides.models ?? manifest.models ?? "catalog",
    ...(key === undefined ? {} : { key }),
    ...(manifest.otelName === undefined ? {} : { otelName: manifest.otelName }),
    address: { host: url.hostname, port: portOf(url) },
    ...(defaultModel === undefined ? {} : { defaultModel }),
    honoursCancellation: true,
    open: (ctx, secret) => http.exchange(ctx, { ...exchange, key: secret }),
  };
}

/** Configuration wins over the environment, the environment over the manifest. What an operator writes may be plain http. */
function baseUrlOf(manifest: Manifest, environment: Environment, overrides: ProviderOverrides): string {
  const text = overrides.baseUrl ?? firstSet(manifest.env?.baseUrl, environment) ?? manifest.baseUrl;
  const fault = faultOfBaseUrl(text, true);
  if (fault === undefined) return text.replace(/\/+$/, "");
  const path = `providers.${manifest.id}.baseUrl`;
  throw loomError("config-invalid", `the base URL of provider "${manifest.id}" ${fault}`, { path });
}

function portOf({ port, protocol }: URL): number {
  return port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);
}

function keyNeed({ auth }: Manifest): KeyNeed | undefined {
  if (auth.type === "none") return undefined;
  return { names: auth.env ?? [], optional: auth.optional ?? false };
}

function modalitiesOf({ capabilities = {} }: Manifest): readonly Modality[] {
  const list: Modality[] = [];
  if (capabilities.text !== false) list.push("text");
  if (capabilities.embedding !== false) list.push("embedding");
  return list;
}

function staticHeaders(manifest: Manifest, environment: Environment): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, template] of Object.entries(manifest.headers ?? {})) {
    const value = expandHeader(template, (variable) => environment.get(variable));
    if (value !== undefined) headers[name.toLowerCase()] = value;
  }
  return headers;
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function firstSet(names: readonly string[] | undefined, environment: Environment): string | undefined {
  for (const name of names ?? []) {
    const value = environment.get(name);
    if (value !== undefined) return value;
  }
  return undefined;
}
