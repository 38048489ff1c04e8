/** The vault `hashicorp`: HashiCorp Vault (and OpenBao) over its HTTP API, KV versions 1 and 2, with a token or an AppRole. */

import { z } from "zod";
import {
  CLOCK,
  definePlugin,
  ENVIRONMENT,
  type Environment,
  HTTP,
  loomError,
  type Plugin,
} from "../../../src/plugin.ts";
import { type KvPlace, readKv } from "./kv.ts";
import { createSend, isSafe } from "./send.ts";
import { createTokens, type TokenSource } from "./tokens.ts";

export interface HashicorpVaultOptions {
  /** Default: `VAULT_ADDR`. */
  readonly address?: string | undefined;
  /** Where the KV engine is mounted. Default `secret`. */
  readonly mount: string;
  /** One secret with every key as a field; or, with `{name}` in it, one secret for each key. Default `loom`. */
  readonly path: string;
  /** The field of a secret that holds one key. Default `value`. Only with `{name}` in `path`. */
  readonly field?: string | undefined;
  /** Default 2. */
  readonly kvVersion: 1 | 2;
  /** Default: `VAULT_NAMESPACE`. */
  readonly namespace?: string | undefined;
  /** Default: `VAULT_TOKEN`, unless there is an `appRole`. */
  readonly token?: string | undefined;
  readonly appRole?:
    | { readonly roleId: string; readonly secretId: string; readonly mount: string }
    | undefined;
  /** Stands before every name. Default: nothing. */
  readonly prefix: string;
  /** Lets an address without TLS be elsewhere than on this machine. Default false. */
  readonly allowHttp: boolean;
  /** How long Loom uses a secret before it reads it again. Default 300,000. */
  readonly ttlMs: number;
}

/** Segments without anything that would lead elsewhere: no dots alone, no query, no double slash. */
const pathShape = /^(?:(?!\.{1,2}(?:\/|$))[\w.{}-]+)(?:\/(?!\.{1,2}(?:\/|$))[\w.{}-]+)*$/;
const pathText = () =>
  z.string().regex(pathShape, "must be segments of letters, digits, . _ - with single slashes");

const options = z.strictObject({
  address: z.url({ protocol: /^https?$/ }).optional(),
  mount: pathText().default("secret"),
  path: pathText().default("loom"),
  field: z.string().min(1).optional(),
  kvVersion: z.union([z.literal(1), z.literal(2)]).default(2),
  namespace: z.string().min(1).regex(/^[\x21-\x7e]+$/, "must be printable").optional(),
  token: z.string().regex(/^[\x21-\x7e]+$/, "must be a token, without spaces or line ends").optional(),
  appRole: z.strictObject({
    roleId: z.string().min(1),
    secretId: z.string().min(1),
    mount: pathText().default("approle"),
  }).optional(),
  prefix: z.string().regex(/^[\w.-]*$/, "must be letters, digits, . _ -").default(""),
  allowHttp: z.boolean().default(false),
  ttlMs: z.int().min(0).max(86_400_000).default(300_000),
}).refine(({ path, field }) => field === undefined || path.includes("{name}"), {
  path: ["field"],
  message: "has a meaning only when path has {name} in it; without, the name itself is the field",
}).refine(({ token, appRole }) => token === undefined || appRole === undefined, {
  path: ["token"],
  message: "and appRole are two ways to log in; give one",
}) as z.ZodType<HashicorpVaultOptions>;

const plugin: Plugin<"vault", HashicorpVaultOptions> = definePlugin({
  api: 1,
  kind: "vault",
  id: "hashicorp",
  options,
  make(use, options) {
    const environment = use(ENVIRONMENT);
    const address = addressOf(options, environment);
    const send = createSend(use(HTTP), {
      address,
      namespace: options.namespace ?? environment.get("VAULT_NAMESPACE"),
      allowHttp: options.allowHttp,
    });
    const stop = new AbortController();
    const tokens = createTokens(send, use(CLOCK), tokenSource(options, environment), stop.signal);
    const { path, prefix, ttlMs } = options;
    return {
      ttlMs,
      async read(name, signal) {
        signal.throwIfAborted();
        if (!/^\w[\w.-]{0,254}$/.test(name)) return undefined;
        const key = prefix + name;
        const place: KvPlace = path.includes("{name}")
          ? { ...options, path: path.replaceAll("{name}", key), field: options.field ?? "value" }
          : { ...options, field: key };
        return await readKv(send, tokens, place, AbortSignal.any([signal, stop.signal]));
      },
      close: () => stop.abort(loomError("closed", "the vault hashicorp is closed", {})),
    };
  },
});

export default plugin;

function addressOf({ address, allowHttp }: HashicorpVaultOptions, environment: Environment): URL {
  const text = address ?? environment.get("VAULT_ADDR");
  if (text === undefined || !URL.canParse(text)) {
    throw setup("address", "needs the address of the server: set vault.address or VAULT_ADDR");
  }
  const url = new URL(text);
  if (!isSafe(url, allowHttp)) {
    throw setup(
      "address",
      `would send its token to ${url.host} without TLS; use https, or set allowHttp: true on a network you trust`,
    );
  }
  return url;
}

function tokenSource({ token, appRole }: HashicorpVaultOptions, environment: Environment): TokenSource {
  if (appRole !== undefined) return { appRole };
  const found = token ?? environment.get("VAULT_TOKEN");
  if (found !== undefined) return { token: found };
  throw setup("token", "needs a way to log in: set vault.token, VAULT_TOKEN or vault.appRole");
}

function setup(option: string, problem: string): Error {
  return loomError("config-invalid", `vault hashicorp ${problem}`, { path: `vault.${option}` });
}
