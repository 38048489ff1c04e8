/** A provider made of codecs: what every vendor reached over HTTP has in common, whether it is a manifest or code. */

import type { Modality } from "../contract/call.ts";
import type { Attempting } from "../contract/context.ts";
import type { Codec, Operation } from "../contract/dialect.ts";
import type { Manifest } from "../contract/manifest.ts";
import type { KeyNeed, Provider } from "../contract/provider.ts";
import type { Secret } from "../contract/secret.ts";
import type { Exchange, Http, Timeouts } from "../contract/services.ts";
import { loomError } from "../errors/index.ts";
import { awaited } from "./awaited.ts";
import { fileLines } from "./file-lines.ts";
import { wireBatches } from "./wire-batches.ts";

export interface WireProviderOptions {
  /** Who the vendor is, for messages; its `auth` says where the key goes. */
  readonly manifest: Manifest;
  /** By modality, as the vendor offers them. Every codec serves the modalities it is listed under. */
  readonly codecs: Readonly<Partial<Record<Modality, Codec>>>;
  readonly http: Http;
  /** Default: the manifest's. */
  readonly baseUrl?: string | undefined;
  /** Sent with every request. Names in small letters. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly timeouts?: Timeouts | undefined;
  readonly models?: "catalog" | "open" | undefined;
  readonly defaultModel?: string | undefined;
  /** `none`: no key is looked for, as when requests are signed. Default: what the manifest's `auth` says. */
  readonly key?: KeyNeed | "none";
  /** What `sign` proves it with, for people. */
  readonly credentials?: string | undefined;
  /** Proves who asks, for each request. */
  readonly sign?: Exchange["sign"];
}

/** Everything that does not depend on the call is computed here, once. */
export function wireProvider(options: WireProviderOptions): Provider {
  const { manifest, codecs, http } = options;
  const baseUrl = (options.baseUrl ?? manifest.baseUrl).replace(/\/+$/, "");
  const url = new URL(baseUrl);
  const shared: Omit<Exchange, "key" | "codec"> = {
    manifest,
    baseUrl,
    headers: options.headers ?? {},
    ...(options.timeouts === undefined ? {} : { timeouts: options.timeouts }),
    ...(options.sign === undefined ? {} : { sign: options.sign }),
  };
  const modalities = (Object.keys(codecs) as Modality[]).filter((modality) => codecs[modality] !== undefined);
  const exchanges = new Map<Modality, Omit<Exchange, "key">>(
    modalities.map((modality) => [modality, { ...shared, codec: codecs[modality] as Codec }]),
  );
  const key = options.key === "none" ? undefined : options.key ?? keyNeed(manifest);

  function exchangeOf(ctx: Attempting): Omit<Exchange, "key"> {
    const exchange = exchanges.get(ctx.target.modality);
    if (exchange !== undefined) return exchange;
    throw unable(manifest, ctx, ctx.target.modality);
  }

  async function operate<T>(
    ctx: Attempting,
    secret: Secret | undefined,
    feature: string,
    make: (codec: Codec) => Operation<T> | undefined,
  ): Promise<T> {
    const exchange = exchangeOf(ctx);
    const operation = make(exchange.codec);
    if (operation === undefined) throw unable(manifest, ctx, feature);
    return await http.operate(ctx, { ...exchange, key: secret }, operation);
  }

  const text = codecs.text;
  const { batches } = modalities.map((modality) => codecs[modality] as Codec)
    .find((codec) => codec.batches !== undefined) ?? {};
  return {
    label: manifest.label,
    modalities,
    models: options.models ?? manifest.models ?? "catalog",
    ...(manifest.catalog === undefined ? {} : { catalog: manifest.catalog }),
    ...(key === undefined ? {} : { key }),
    ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
    ...(manifest.otelName === undefined ? {} : { otelName: manifest.otelName }),
    address: { host: url.hostname, port: portOf(url) },
    ...(options.defaultModel === undefined ? {} : { defaultModel: options.defaultModel }),
    honoursCancellation: true,
    open: (ctx, secret) => http.exchange(ctx, { ...exchangeOf(ctx), key: secret }),
    ...(text?.countTokens === undefined ? {} : {
      countTokens: (ctx, secret) =>
        operate(ctx, secret, "counting tokens", (codec) => codec.countTokens?.(ctx)),
    }),
    ...(text?.contextCaches === undefined ? {} : {
      contextCaches: {
        create: (ctx, secret, order) =>
          operate(ctx, secret, "context caches", (codec) => codec.contextCaches?.create(ctx, order)),
        delete: (ctx, secret, id) =>
          operate(ctx, secret, "context caches", (codec) => codec.contextCaches?.delete(ctx, id)),
      },
    }),
    ...(batches === undefined ? {} : {
      batches: wireBatches(manifest.label, batches.limits, batches.list !== undefined, {
        codecOf: (ctx) => exchangeOf(ctx).codec,
        operate: (ctx, secret, operation) => operate(ctx, secret, "batches", () => operation),
        await: (ctx, secret, what, operation, again) =>
          awaited(http, ctx, { ...exchangeOf(ctx), key: secret }, what, operation, again),
        lines: (ctx, secret, request) => fileLines(http, ctx, { ...exchangeOf(ctx), key: secret }, request),
        lacking: (ctx, feature) => unable(manifest, ctx, feature),
      }),
    }),
  };
}

function unable(manifest: Manifest, { target }: Attempting, feature: string): Error {
  return loomError("unsupported", `${manifest.label} has no ${feature}`, { feature }, {
    provider: target.provider,
    model: target.model,
  });
}

function portOf({ port, protocol }: URL): number {
  return port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);
}

function keyNeed({ auth }: Manifest): KeyNeed | undefined {
  if (auth.type === "none") return undefined;
  return { names: auth.env ?? [], optional: auth.optional ?? false };
}
