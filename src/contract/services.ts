/** What Loom injects: each has a token in `src/plugin.ts`, and each can be replaced with `provide`. */

import type { Modality } from "./call.ts";
import type { ModelEntry } from "./catalog.ts";
import type { Attempting } from "./context.ts";
import type { Json } from "./json.ts";
import type { Secret } from "./secret.ts";
import type { Answer } from "./reply.ts";
import type { Codec, Dialect, Operation } from "./dialect.ts";
import type { Manifest } from "./manifest.ts";

/** Time. Everything that waits or measures takes it from here, so that tests need not sleep. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds that only go forward, with fractions, from an arbitrary zero; for durations and deadlines. */
  monotonic(): number;
  /**
   * Runs `callback` once after `delayMs`; gives a function that takes it back. Keeps the process alive until then, so that
   * a back-off is waited out, unless it is only `background` work.
   */
  after(delayMs: number, callback: () => void, options?: { readonly background?: boolean }): () => void;
}

/** Numbers from 0 (inclusive) to 1 (exclusive). */
export type Random = () => number;

/** Where diagnostics go that belong to no call. Default: nowhere below `warn`, standard error from there. */
export interface Logger {
  debug(message: string, data?: Json): void;
  info(message: string, data?: Json): void;
  warn(message: string, data?: Json): void;
  error(message: string, data?: Json): void;
}

/** Environment variables, `.env` included. */
export interface Environment {
  get(name: string): string | undefined;
}

/** Finds keys: those given in code, then the environment, then the vault. */
export interface Keys {
  /**
   * The first of `names` that is known anywhere. Synchronous when no vault has to be asked.
   * @throws LoomError `key-missing`, naming the variables and the places that were looked in
   */
  find(
    names: readonly string[],
    options: { readonly provider: string; readonly optional?: boolean; readonly signal?: AbortSignal },
  ): Secret | undefined | Promise<Secret | undefined>;
  /** Where a key would come from, without reading a vault: for `loom doctor`. */
  origin(names: readonly string[]): "code" | "environment" | "vault" | "missing";
  /** A vendor refused the key: the next `find` asks the vault again, at most once per lifetime of the cached value. */
  reject(names: readonly string[]): boolean;
}

/** The models this Loom knows, for plugins that choose or price. */
export interface CatalogReader {
  /** Makes `find` ready for a vendor; `undefined`: it is ready. */
  ensure(provider: string): Promise<void> | undefined;
  /** The model of this id, alias or upstream name. */
  find(provider: string, modality: Modality, name: string): ModelEntry | undefined;
  models(
    filter?: { readonly provider?: string; readonly modality?: Modality },
  ): Promise<readonly ModelEntry[]>;
}

/** HTTP to vendors, with Loom's deadlines, bounds and error classes. */
export interface Http {
  /** Sends what a codec encodes, decodes what comes back. What manifest providers are made of. */
  exchange(ctx: Attempting, exchange: Exchange): Promise<Answer>;
  /** One request beside the calls, such as counting tokens, with the same keys, headers, deadlines and errors. */
  operate<T>(ctx: Attempting, exchange: Exchange, operation: Operation<T>): Promise<T>;
  /**
   * One request with a whole answer, for plugins that talk to something else than a model.
   * @throws LoomError `connection-failed` or `timed-out`; a status that is not 2xx is given back, not thrown
   */
  request(request: PlainRequest): Promise<PlainReply>;
  close(): Promise<void>;
}

/** One exchange with a vendor. */
export interface Exchange {
  readonly codec: Codec;
  readonly manifest: Manifest;
  /** Without a slash at the end. */
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly key: Secret | undefined;
  readonly timeouts?: Timeouts;
  /** Adds what proves who asks, computed over the whole request: a signature, a fresh token. Laid over all other headers. */
  sign?(request: UnsignedRequest): SignedHeaders | Promise<SignedHeaders>;
}

/** A request as it will be sent, but for its signature. Header names are lower-case. */
export interface UnsignedRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
  readonly signal: AbortSignal;
}

export type SignedHeaders = Readonly<Record<string, string>>;

/** The dialects this Loom knows, for provider plugins in code that speak a known one. */
export interface Dialects {
  /** Loads it on first use. @throws LoomError `plugin-invalid`, when there is no such dialect */
  get(id: string): Promise<Dialect>;
}

/** The deadlines on the wire, in milliseconds. `total` is the call's own. */
export interface Timeouts {
  /** Until the connection stands, TLS included. Default 10,000. */
  readonly connectMs?: number;
  /** From sending to the first content part of a stream. Default 120,000. */
  readonly firstPartMs?: number;
  /** Between two parts of a stream. Default 60,000. */
  readonly idleMs?: number;
}

/** What may be fetched where a vendor gives addresses and the caller wants the bytes. */
export interface DownloadOptions {
  /** Most bytes of one. Default 64 MiB. */
  readonly maxBytes?: number;
  /** Also from this machine and its networks, and from loopback without TLS. Default false. */
  readonly allowPrivate?: boolean;
}

export interface PlainRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Default 30,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface PlainReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}
