/** A provider made of data: a manifest, the codec of its dialect, and what this Loom's configuration changes. */

import type { Codec, Dialect } from "../contract/dialect.ts";
import type { Manifest } from "../contract/manifest.ts";
import type { ManifestMedia } from "../contract/manifest-media.ts";
import type { Modality } from "../contract/call.ts";
import type { Provider } from "../contract/provider.ts";
import type { Environment, Http, Timeouts } from "../contract/services.ts";
import { expandHeader, faultOfBaseUrl } from "../discovery/manifest-values.ts";
import { loomError } from "../errors/index.ts";
import { modalities } from "../util/modalities.ts";
import { once } from "../util/once.ts";
import { wireProvider } from "../vendor/index.ts";

/** What `providers: { <id>: … }` may change. */
export interface ProviderOverrides {
  readonly baseUrl?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly timeouts?: Timeouts | undefined;
  readonly models?: "catalog" | "open" | undefined;
}

/** What translates for a manifest's vendor. */
export interface ManifestCodecs {
  /** Of the manifest's dialect. */
  readonly codec: Codec;
  /** Loads the dialect `media`, for manifests that describe media. Asked for with the first call that is about some. */
  readonly media?: () => Promise<Dialect>;
}

/** Headers, address and key need are computed here, once; a call only adds its body and key. */
export function manifestProvider(
  manifest: Manifest,
  { codec, media }: ManifestCodecs,
  http: Http,
  environment: Environment,
  overrides: ProviderOverrides,
): Provider {
  const baseUrl = baseUrlOf(manifest, environment, overrides);
  const make = (codecs: Partial<Record<Modality, Codec>>) =>
    wireProvider({
      manifest,
      codecs,
      http,
      baseUrl,
      headers: { ...staticHeaders(manifest, environment), ...lowerCase(overrides.headers ?? {}) },
      timeouts: overrides.timeouts,
      models: overrides.models,
      defaultModel: firstSet(manifest.env?.model, environment),
    });
  const described = Object.keys(media === undefined ? {} : manifest.media ?? {}) as Modality[];
  const spoken = spokenBy(codec, manifest).filter((modality) => !described.includes(modality));
  const provider = make(allOf(spoken, codec));
  if (media === undefined || described.length === 0) return provider;
  const moved = baseUrl === manifest.baseUrl ? manifest : underOneBase(manifest);
  const ofMedia = once(async () => make(allOf(described, (await media()).codec(moved))));
  return {
    ...provider,
    modalities: modalities.filter((modality) => spoken.includes(modality) || described.includes(modality)),
    open: (ctx, key) =>
      described.includes(ctx.target.modality)
        ? ofMedia().then((made) => made.open(ctx, key))
        : provider.open(ctx, key),
  };
}

/** What the dialect can do and the vendor does not rule out. */
function spokenBy(codec: Codec, { capabilities = {} }: Manifest): readonly Modality[] {
  const denied = capabilities as Partial<Record<Modality, boolean>>;
  return (codec.modalities ?? ["text"]).filter((modality) => denied[modality] !== false);
}

function allOf(list: readonly Modality[], codec: Codec): Partial<Record<Modality, Codec>> {
  return Object.fromEntries(list.map((modality) => [modality, codec]));
}

/** Where everything goes when the operator says so: media that the vendor has on another host too. */
function underOneBase(manifest: Manifest): Manifest {
  if (manifest.media === undefined) return manifest;
  const moved = <M extends Partial<ManifestMedia>>(media: M): M => {
    const { base, edit, variants, ...rest } = media;
    return {
      ...rest,
      ...(base?.startsWith("..") === true && { base }),
      ...(edit !== undefined && { edit: moved(edit) }),
      ...(variants !== undefined && { variants: variants.map(moved) }),
    } as unknown as M;
  };
  const media = Object.fromEntries(Object.entries(manifest.media).map(([name, one]) => [name, moved(one)]));
  return { ...manifest, media };
}

/** Configuration wins over the environment, the environment over the manifest. What an operator writes may be plain http. */
function baseUrlOf(manifest: Manifest, environment: Environment, overrides: ProviderOverrides): string {
  const text = overrides.baseUrl ?? firstSet(manifest.env?.baseUrl, environment) ?? manifest.baseUrl;
  const fault = faultOfBaseUrl(text, true);
  if (fault === undefined) return text.replace(/\/+$/, "");
  const path = `providers.${manifest.id}.baseUrl`;
  throw loomError("config-invalid", `the base URL of provider "${manifest.id}" ${fault}`, { path });
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
