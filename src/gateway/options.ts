/** Everything a gateway can be told, as its YAML says it in snake_case. All of it is optional. */

import type { Allowance, Budget, Call } from "../contract/index.ts";

export interface GatewayOptions {
  /** Who may call. None: only loopback addresses are served, and a warning says so. */
  readonly keys?: KeysOptions;
  /** How bare model names are understood. */
  readonly models?: ModelOptions;
  readonly streaming?: StreamingOptions;
  readonly server?: ServerOptions;
  readonly admin?: AdminOptions;
  /** Which of several fits first decides where a call goes, in place of what it would be otherwise. */
  readonly rules?: readonly RoutingRule[];
  /**
   * Usage, keys, files and batches are kept here: a file of SQLite, and a folder `<dataFile>.files` beside it. Default: in
   * memory and in a temporary folder, for as long as the process lives.
   */
  readonly dataFile?: string;
  readonly files?: FilesOptions;
  readonly batches?: BatchesOptions;
}

/** What `/v1/files` takes. */
export interface FilesOptions {
  /** Most bytes of one file. Default 200 MB. */
  readonly maxFileBytes?: number;
  /** Most bytes of all files of one team or key. Default 20 GB. */
  readonly maxTenantBytes?: number;
  /** How long files are kept that do not say so themselves, and batches that have ended. Default 30 days. */
  readonly keepMs?: number;
}

/** How `/v1/batches` works. */
export interface BatchesOptions {
  /** Rows of all batches that are asked one by one at the same time. Default 8. */
  readonly concurrency?: number;
}

export interface KeysOptions {
  readonly list?: readonly KeyOptions[];
  /** A JSON or YAML file with such a list, read again when it changes. */
  readonly file?: string;
  readonly jwt?: JwtOptions;
  /** Limits of whole teams and users, whichever key they come with. */
  readonly teams?: Readonly<Record<string, Limits>>;
  readonly users?: Readonly<Record<string, Limits>>;
}

/** What may be used; the same for keys, users and teams. */
export type Limits = Omit<Allowance, "scope">;

export interface KeyOptions extends Limits {
  /** The secret itself, at least 16 characters; or `hash`: `sha256:` and the secret's SHA-256 in hex. */
  readonly key?: string;
  readonly hash?: string;
  /** Name for people and counters. Default: the first 8 digits of the hash. */
  readonly id?: string;
  readonly user?: string;
  readonly team?: string;
  readonly tags?: readonly string[];
  /** Models by name or wildcard (`gpt-*`, `openai/*`). Default: all. */
  readonly models?: readonly string[];
  /** ISO 8601. */
  readonly expiresAt?: string;
  /** May say with the header `x-loom-provider` where a call goes. Default false. */
  readonly mayRoute?: boolean;
  readonly disabled?: boolean;
}

/** Callers with a token of an identity provider. */
export interface JwtOptions {
  readonly issuer: string;
  readonly audience: string;
  /** Default: found through the issuer's `/.well-known/openid-configuration`. */
  readonly jwksUrl?: string;
  /** Which claims say who it is. Defaults `sub` and `team`. */
  readonly userClaim?: string;
  readonly teamClaim?: string;
  /** What callers with a token may use. */
  readonly limits?: Limits;
  readonly models?: readonly string[];
}

export interface ModelOptions {
  /** Generic name -> provider -> that provider's model. */
  readonly mapping?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Providers in the order in which they are asked for what several have, each with the models it is used for. */
  readonly providers?: readonly RoutedProvider[];
}

export interface RoutedProvider {
  readonly name: string;
  /** Only these are asked of it; wildcards allowed. Default: what the catalog has, or all where it is open. */
  readonly models?: readonly string[];
  /** Name -> deployment, at vendors that have those. */
  readonly deployments?: Readonly<Record<string, string>>;
}

export interface StreamingOptions {
  /** `false`: requests for streams are refused. Default true. */
  readonly enabled?: boolean;
  /** Output is gathered for this long before it is written. Default 0: at once. */
  readonly flushIntervalMs?: number;
  /** Silence after which a heartbeat is sent. Default 15,000; 0: never. */
  readonly heartbeatMs?: number;
}

export interface ServerOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 8080; 0: any that is free. */
  readonly port?: number;
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
  /** Most bytes of a request. Default 32 MiB. */
  readonly maxBodyBytes?: number;
  /** How long a request may take to arrive. Default 60,000. */
  readonly requestTimeoutMs?: number;
  /** How long a client that does not read is waited for. Default 60,000. */
  readonly stalledClientMs?: number;
  /** Most requests at once; those beyond get 503. Default 10,000. */
  readonly maxInFlight?: number;
  /** How long what runs may take to end when the gateway is stopped. Default 30,000. */
  readonly drainMs?: number;
  /** Origins that browsers may call from; `*`: any. Default: none. */
  readonly cors?: readonly string[];
  /** Paths that are served. Default `["/v1/*"]`. */
  readonly paths?: readonly string[];
}

export interface AdminOptions {
  /** `false`: there is none. */
  readonly enabled?: boolean;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 9091; 0: any that is free. */
  readonly port?: number;
  /** Asked for as `Authorization: Bearer`. Required where `host` is not loopback. */
  readonly key?: string;
  /** `/metrics` is served without it. Default true. */
  readonly openMetrics?: boolean;
}

/** When a call is like this, it goes there. */
export interface RoutingRule {
  readonly when: {
    readonly key?: string | readonly string[];
    readonly team?: string | readonly string[];
    readonly user?: string | readonly string[];
    readonly tag?: string | readonly string[];
    /** As the caller wrote it; wildcards allowed. */
    readonly model?: string | readonly string[];
    /** Header name (lower case) -> value; wildcards allowed. */
    readonly header?: Readonly<Record<string, string>>;
    /** By the estimate of the input. */
    readonly minTokens?: number;
    readonly maxTokens?: number;
  };
  /** Targets as `provider/model` or model names, best first. */
  readonly use: readonly string[];
}

/** Who calls, once that is known. */
export interface Principal {
  /** Id of the key; `anonymous` where no keys are configured. */
  readonly id: string;
  readonly user?: string;
  readonly team?: string;
  readonly tags?: readonly string[];
  readonly models?: readonly string[];
  readonly mayRoute: boolean;
  /** Made once per key: the key's own, its user's and its team's. */
  readonly allowances: NonNullable<Call["allowances"]>;
}

export type { Budget };
