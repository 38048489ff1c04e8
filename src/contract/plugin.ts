/** What a plugin module exports, and what it may ask for. */

import type { Dialect } from "./dialect.ts";
import type { Guard } from "./guard.ts";
import type { Middleware } from "./middleware.ts";
import type { Provider } from "./provider.ts";
import type { Vault } from "./secret.ts";
import type { Sink } from "./sink.ts";
import type { Cache, Store } from "./storage.ts";
import type { Strategy } from "./strategy.ts";

/** What each kind of plugin makes. */
export interface PluginKinds {
  provider: Provider;
  dialect: Dialect;
  vault: Vault;
  cache: Cache;
  sink: Sink;
  guard: Guard;
  store: Store;
  strategy: Strategy;
  middleware: Middleware;
}

export type PluginKind = keyof PluginKinds;

declare const resolves: unique symbol;

/** Names a service of type `T`. Made with `token`; equal across copies of the package, because it is a registered symbol. */
export type Token<T> = symbol & { readonly [resolves]: (_: T) => T };

/** Resolves a service from the Loom that the plugin is made for. @throws LoomError `plugin-invalid`, when nobody provides it */
export type Use = <T>(token: Token<T>) => T;

/** Checks options and fills in defaults. A zod schema fits; so does anything with this one method. */
export interface OptionsSchema<O> {
  safeParse(input: unknown):
    | { readonly success: true; readonly data: O }
    | { readonly success: false; readonly error: { readonly issues: readonly OptionsIssue[] } };
}

export interface OptionsIssue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** The unknown options, where that is the issue. */
  readonly keys?: readonly string[];
}

/** A plugin. `definePlugin` types it; discovery checks it at load. */
export interface Plugin<K extends PluginKind = PluginKind, O = unknown> {
  /** The version of this contract. */
  readonly api: 1;
  readonly kind: K;
  /** Unique among plugins of its kind; for plugins in a `plugins/` folder, the path says it too. */
  readonly id: string;
  /** Absent: the plugin takes no options. */
  readonly options?: OptionsSchema<O>;
  /** Optional npm packages it needs, which Loom names with the install command when they are missing. */
  readonly packages?: readonly string[];
  /** Makes it, on first use, once per Loom and set of options. */
  make(use: Use, options: O): PluginKinds[K] | Promise<PluginKinds[K]>;
}

/**
 * Options by `kind/id`, for editors: `{ type: "memory", maxSize: 10_000 }` is typed through this. A plugin of your own joins
 * by augmenting the interface in module `loom-router/plugin`.
 */
export interface PluginOptionTypes {
  /** Entries, bytes and seconds. Defaults 10,000, 256 MiB and 3,600. */
  "cache/memory": { readonly maxSize?: number; readonly maxBytes?: number; readonly ttl?: number };
  /** `ttl` in seconds. */
  "cache/redis": {
    readonly url?: string;
    readonly ttl?: number;
    readonly namespace?: string;
    readonly maxEntryBytes?: number;
    readonly connectTimeoutMs?: number;
    readonly commandTimeoutMs?: number;
  };
  /** Entries and bytes. Defaults 100,000 and 64 MiB. */
  "store/memory": { readonly maxSize?: number; readonly maxBytes?: number };
  "store/redis": {
    readonly url?: string;
    readonly namespace?: string;
    readonly connectTimeoutMs?: number;
    readonly commandTimeoutMs?: number;
  };
  /** A file. `flushMs`: how long what was counted may wait before it is written; default 50, 0: not at all. */
  "store/sqlite": { readonly path: string; readonly flushMs?: number };
  /** Lower numbers first; providers, or `provider/model`, that are not named come last. */
  "strategy/priority": {
    readonly providers?: Readonly<Record<string, { readonly priority: number }>>;
  };
  /** `maxSets`: sets of targets whose turn is remembered, default 1,000. */
  "strategy/round_robin": { readonly maxSets?: number };
  /** 0, or not to be named where others are: only as a fallback. */
  "strategy/weighted": {
    readonly providers?: Readonly<Record<string, { readonly weight: number }>>;
  };
  /** US dollars per 1,000 tokens; win over the catalog. */
  "strategy/cost": {
    readonly providers?: Readonly<
      Record<string, { readonly costPer1kInput: number; readonly costPer1kOutput: number }>
    >;
  };
  /** Defaults 300,000, 10,000, 0.05 and 1,000. */
  "strategy/latency": {
    readonly halfLifeMs?: number;
    readonly failurePenaltyMs?: number;
    readonly explore?: number;
    readonly maxTargets?: number;
  };
  "sink/log": { readonly format?: "pretty" | "json"; readonly stream?: "stderr" | "stdout" };
  /** Defaults: 30 days of calls, 400 of sums, 10,000 records that wait to be written, a second at most. */
  "sink/sqlite": {
    readonly path: string;
    readonly retainDays?: number;
    readonly retainSummaryDays?: number;
    readonly maxQueued?: number;
    readonly flushMs?: number;
    readonly readOnly?: boolean;
  };
  /** Defaults from the `OTEL_*` variables, then `http://localhost:4318`, `http/protobuf`, service `loom`, a minute. */
  "sink/otlp": {
    readonly endpoint?: string;
    readonly protocol?: "http/protobuf" | "http/json";
    readonly headers?: Readonly<Record<string, string>>;
    readonly serviceName?: string;
    readonly serviceVersion?: string;
    readonly sampleRatio?: number;
    readonly metricsIntervalMs?: number;
  };
  /** The last 10,000 calls by default. */
  "sink/memory": { readonly maxCalls?: number };
  /** One of `directory` and `path`. `ttlMs` of vaults: how long a key is used before it is read again, default 300,000. */
  "vault/file": {
    readonly directory?: string;
    readonly path?: string;
    readonly allowLooseModes?: boolean;
    readonly ttlMs?: number;
  };
  /** `allow`: values that may pass, `*` for any characters. Default: all kinds, 0.6. */
  "guard/pii": {
    readonly kinds?: readonly string[];
    readonly minScore?: number;
    readonly allow?: readonly string[];
  };
  /** `ignore`: kinds. Default 0.6. */
  "guard/secrets": {
    readonly minScore?: number;
    readonly ignore?: readonly string[];
    readonly allow?: readonly string[];
  };
  /** Defaults 0.6, 0.45, `user` and `tool`, and 200,000. */
  "guard/prompt-injection": {
    readonly threshold?: number;
    readonly toolThreshold?: number;
    readonly roles?: readonly ("system" | "user" | "assistant" | "tool")[];
    readonly maxChars?: number;
  };
  /** `patterns` in the syntax of RE2; `schema`: JSON Schema of answers. */
  "guard/content": {
    readonly deny?: readonly string[];
    readonly allow?: readonly string[];
    readonly patterns?: readonly {
      readonly pattern: string;
      readonly kind?: string;
      readonly ignoreCase?: boolean;
    }[];
    readonly maxInputChars?: number;
    readonly maxOutputChars?: number;
    readonly minOutputChars?: number;
    readonly languages?: readonly string[];
    readonly schema?: Readonly<Record<string, unknown>>;
  };
  /** Hosts such as `example.com` and `*.example.com`. Default: none, `https`, `http`, `mailto`; of the input, what tools brought. */
  "guard/url": {
    readonly allowHosts?: readonly string[];
    readonly schemes?: readonly string[];
    readonly check?: "all" | "images";
    readonly roles?: readonly ("system" | "user" | "assistant" | "tool")[];
  };
  "vault/env": { readonly prefix?: string };
  /** `path` is one secret with the keys as fields; with `{name}` in it, one secret for each key. */
  "vault/hashicorp": {
    readonly address?: string;
    readonly mount?: string;
    readonly path?: string;
    readonly field?: string;
    readonly kvVersion?: 1 | 2;
    readonly namespace?: string;
    readonly token?: string;
    readonly appRole?: { readonly roleId: string; readonly secretId: string; readonly mount?: string };
    readonly prefix?: string;
    readonly allowHttp?: boolean;
    readonly ttlMs?: number;
  };
  "vault/aws-secrets-manager": {
    readonly region?: string;
    readonly prefix?: string;
    readonly secretId?: string;
    readonly endpoint?: string;
    readonly profile?: string;
    readonly ttlMs?: number;
  };
  "vault/gcp-secret-manager": {
    readonly project?: string;
    readonly prefix?: string;
    readonly version?: string;
    readonly endpoint?: string;
    readonly location?: string;
    readonly ttlMs?: number;
  };
}

/** How a plugin is named in code and in YAML: its id as `type`, its options beside it. */
export type PluginReference<K extends PluginKind = PluginKind> =
  | {
    [P in keyof PluginOptionTypes]: P extends `${K}/${infer Id}`
      ? { readonly type: Id } & PluginOptionTypes[P]
      : never;
  }[
    keyof PluginOptionTypes
  ]
  | { readonly type: string; readonly [option: string]: unknown };
