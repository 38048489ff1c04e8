/** The options of a Loom, and the checks that name a wrong one at once. */

import type { Plugin, PluginKind, PluginKinds, PluginReference } from "../contract/plugin.ts";
import type { DownloadOptions, Timeouts } from "../contract/services.ts";
import type { Catalog } from "../catalog/index.ts";
import { loomError } from "../errors/index.ts";
import { accountsFields, type AccountsOptions, checkAccounts } from "./accounts/options.ts";
import type { BreakerOptions, DedupOptions, LimitOptions, RetryOptions } from "../middleware/index.ts";
import { type CaptureLevel, type CaptureOptions, checkCapture } from "./capture.ts";
import { checkGuards, type GuardRule } from "./guard-options.ts";
import { checkLimits } from "./limit-options.ts";
import { checkRouting, type RoutingOptions } from "./routing-options.ts";

/** A plugin by name with its options, or the thing itself, which its maker closes. */
export type PluginOr<K extends PluginKind> = PluginReference<K> | PluginKinds[K];

/** What changes, or adds, one provider. */
export interface ProviderOptions extends AccountsOptions {
  /** Which manifest or plugin it is, when that is not its name here: `{ eu: { type: "openai", baseUrl: … } }`. */
  readonly type?: string;
  readonly baseUrl?: string;
  /** Wins over every other place a key may come from. */
  readonly apiKey?: string;
  /** Sent with every request, on top of the manifest's. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeouts?: Timeouts;
  /** `open`: models that the catalog does not know may be asked for too, at unknown cost. */
  readonly models?: "catalog" | "open";
  /** Options of a code plugin. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** Everything a Loom can be told. All of it is optional. */
export interface LoomOptions {
  /** Keys by their standard names, such as `OPENAI_API_KEY`; they win over the environment. */
  readonly apiKeys?: Readonly<Record<string, string>>;
  /** Where keys are looked for last: `{ type: "aws-secrets-manager", … }`, or an object with `read`. */
  readonly vault?: PluginOr<"vault">;
  /** Keeps answers: `{ type: "memory", maxSize: 10_000, ttl: 3600 }`. Default: none. */
  readonly cache?: PluginOr<"cache">;
  /** Keeps shared state, so that a fleet has one: `{ type: "redis", url }`. Default: each process has its own. */
  readonly store?: PluginOr<"store">;
  /** Models and prices. Default: those that ship with Loom. */
  readonly catalog?: Catalog;
  /** Default `INR`. */
  readonly localCurrency?: string;
  /** US dollars per unit of the local currency. */
  readonly localToUsd?: number;
  /** `false`: one attempt per target. */
  readonly retry?: RetryOptions | false;
  /** `false`: identical calls in flight are not joined. Default true. */
  readonly dedup?: DedupOptions | boolean;
  /** `false`: targets that keep failing are asked all the same. */
  readonly breaker?: BreakerOptions | false;
  /** In which order the targets of a call are tried, and when the next one is. Default: the call's own order. */
  readonly routing?: RoutingOptions;
  /** Requests, tokens and money that calls may use: `{ all: [{ scope: "all", budgets: [{ limitUsd: 50, per: "day" }] }] }`. */
  readonly limits?: LimitOptions;
  /**
   * Who judges what goes in and what comes out, one after the other: `[{ guard: { type: "pii" }, action: "redact" }]`.
   * Default: nobody.
   */
  readonly guards?: readonly GuardRule[];
  /** The deadlines; `totalMs` is that of a whole call with all its attempts and waits, by default 300,000, and 1,800,000 for video. */
  readonly timeouts?: Timeouts & { readonly totalMs?: number };
  /** What calls with `download: true` may fetch: most bytes of a file, and whether it may come from a private network. */
  readonly downloads?: DownloadOptions;
  readonly providers?: Readonly<Record<string, ProviderOptions>>;
  readonly sinks?: readonly PluginOr<"sink">[];
  /** How much of a call sinks are told: `none`, `metadata` (the default), or `full`, with what was asked and answered. */
  readonly capture?: CaptureLevel | CaptureOptions;
  readonly middleware?: readonly PluginOr<"middleware">[];
  /** Plugins, and names of modules, packages and manifests to load. */
  readonly plugins?: readonly (Plugin | string)[];
  /** The project's own plugin folder. Default `plugins` in the working directory; `false`: none. */
  readonly pluginFolder?: string | false;
  /** Services put in place of Loom's own, or beside them: pairs of token and value, such as `[[CLOCK, clock]]`. */
  readonly provide?: readonly (readonly [token: symbol, value: unknown])[];
}

const known: Readonly<Record<keyof LoomOptions, "object" | "string" | "number" | "list" | "any">> = {
  apiKeys: "object",
  vault: "object",
  cache: "object",
  store: "object",
  catalog: "object",
  localCurrency: "string",
  localToUsd: "number",
  retry: "any",
  dedup: "any",
  breaker: "any",
  routing: "object",
  limits: "object",
  guards: "list",
  timeouts: "object",
  downloads: "object",
  providers: "object",
  sinks: "list",
  capture: "any",
  middleware: "list",
  plugins: "list",
  pluginFolder: "any",
  provide: "list",
};

/**
 * Checks what can be checked without loading anything; the rest is checked when the Loom opens, before its first call.
 *
 * @throws LoomError `config-invalid`, naming path, value and what was expected
 */
export function checkOptions(options: LoomOptions): void {
  if (typeof options !== "object" || options === null) throw invalid("options", "must be an object");
  for (const [name, value] of Object.entries(options)) {
    const type = known[name as keyof LoomOptions];
    if (type === undefined) {
      throw invalid(name, `is not an option; options are ${Object.keys(known).join(", ")}`);
    }
    if (value === undefined || type === "any") continue;
    const given = Array.isArray(value) ? "list" : typeof value;
    if (given !== type || value === null) {
      throw invalid(name, `must be a ${type === "object" ? "plain object" : type}`);
    }
  }
  for (const [name, key] of Object.entries(options.apiKeys ?? {})) {
    if (typeof key !== "string" || key === "") {
      throw invalid(`apiKeys.${name}`, "must be a key, but is empty or no string");
    }
  }
  const { catalog, pluginFolder } = options;
  if (catalog !== undefined && typeof catalog.ensure !== "function") {
    throw invalid("catalog", 'must be a Catalog, such as Catalog.fromYaml("catalog.yaml")');
  }
  if (
    pluginFolder !== undefined && pluginFolder !== false &&
    (typeof pluginFolder !== "string" || pluginFolder === "")
  ) {
    throw invalid("pluginFolder", "must be the path of a folder, or false");
  }
  checkSwitch("retry", options.retry, false, ["maxAttempts", "baseDelayMs", "maxDelayMs", "factor"]);
  checkSwitch("breaker", options.breaker, false, [
    "errorThresholdPercentage",
    "volumeThreshold",
    "rollingWindowMs",
    "resetMs",
  ]);
  checkSwitch("dedup", options.dedup, true, ["maxInFlight", "maxPrefixBytes", "maxLagBytes"]);
  checkCapture(options.capture);
  checkRouting(options.routing);
  checkLimits(options.limits);
  checkGuards(options.guards);
  checkTimeouts("timeouts", options.timeouts, ["totalMs"]);
  checkDownloads(options.downloads);
  for (const [name, method] of [["vault", "read"], ["cache", "get"], ["store", "add"]] as const) {
    checkReference(name, options[name], method);
  }
  options.sinks?.forEach((sink, index) => checkReference(`sinks[${index}]`, sink, "write"));
  options.middleware?.forEach((one, index) => checkReference(`middleware[${index}]`, one, "handle"));
  options.plugins?.forEach((one: unknown, index) => {
    if (typeof one === "string" ? one !== "" : typeof one === "object" && one !== null) return;
    throw invalid(`plugins[${index}]`, "must be a plugin or the name of one: a path, a package, a manifest");
  });
  options.provide?.forEach((pair: unknown, index) => {
    if (Array.isArray(pair) && pair.length === 2 && typeof pair[0] === "symbol") return;
    throw invalid(`provide[${index}]`, "must be a pair of token and value, as in provide: [[CLOCK, clock]]");
  });
  for (const [id, provider] of Object.entries(options.providers ?? {})) {
    checkProvider(`providers.${id}`, provider);
  }
}

const providerFields = [
  "type",
  "baseUrl",
  "apiKey",
  "headers",
  "timeouts",
  "models",
  "options",
  ...accountsFields,
];

function checkProvider(path: string, provider: ProviderOptions): void {
  if (typeof provider !== "object" || provider === null) throw invalid(path, "must be an object");
  for (const field of Object.keys(provider)) {
    if (!providerFields.includes(field)) {
      throw invalid(`${path}.${field}`, `is not known; fields are ${providerFields.join(", ")}`);
    }
  }
  if (provider.baseUrl !== undefined && !URL.canParse(provider.baseUrl)) {
    throw invalid(`${path}.baseUrl`, `must be a URL, but is ${JSON.stringify(provider.baseUrl)}`);
  }
  for (const field of ["type", "apiKey"] as const) {
    const value: unknown = provider[field];
    if (value === undefined || typeof value === "string" && value !== "") continue;
    throw invalid(`${path}.${field}`, value === "" ? "is empty" : "must be a string");
  }
  const { models, options }: { readonly models?: unknown; readonly options?: unknown } = provider;
  if (models !== undefined && models !== "catalog" && models !== "open") {
    throw invalid(`${path}.models`, 'must be "catalog" or "open"');
  }
  if (options !== undefined && (typeof options !== "object" || options === null || Array.isArray(options))) {
    throw invalid(`${path}.options`, "must be an object");
  }
  for (const [name, value] of Object.entries(provider.headers ?? {})) {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) || typeof value !== "string" || /[\r\n\0]/.test(value)) {
      throw invalid(`${path}.headers.${name}`, "is not a header");
    }
  }
  checkTimeouts(`${path}.timeouts`, provider.timeouts);
  checkAccounts(path, provider, invalid);
}

function checkTimeouts(
  path: string,
  timeouts: Readonly<Record<string, unknown>> | Timeouts | undefined,
  more: readonly string[] = [],
): void {
  const names = ["connectMs", "firstPartMs", "idleMs", ...more];
  for (const [name, value] of Object.entries(timeouts ?? {})) {
    if (!names.includes(name)) {
      throw invalid(`${path}.${name}`, `is not known; deadlines are ${names.join(", ")}`);
    }
    if (typeof value !== "number" || !(value > 0) || value > 2 ** 31 - 1) {
      throw invalid(`${path}.${name}`, "must be milliseconds above 0 and below 2^31");
    }
  }
}

function checkDownloads(downloads: DownloadOptions = {}): void {
  const { maxBytes, allowPrivate, ...rest } = downloads as Readonly<Record<string, unknown>>;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) {
    throw invalid(`downloads.${unknown}`, "is not known; options are maxBytes, allowPrivate");
  }
  if (maxBytes !== undefined && !(Number.isSafeInteger(maxBytes) && maxBytes as number > 0)) {
    throw invalid("downloads.maxBytes", "must be a number of bytes above 0");
  }
  if (allowPrivate !== undefined && typeof allowPrivate !== "boolean") {
    throw invalid("downloads.allowPrivate", "must be true or false");
  }
}

function checkSwitch(path: string, value: unknown, mayBeTrue: boolean, fields: readonly string[]): void {
  if (value === undefined || value === false || (mayBeTrue && value === true)) return;
  if (typeof value !== "object" || value === null) {
    throw invalid(path, `must be ${mayBeTrue ? "true, " : ""}false or an object of options`);
  }
  const unknown = Object.keys(value).find((field) => !fields.includes(field));
  if (unknown !== undefined) {
    throw invalid(`${path}.${unknown}`, `is not known; options are ${fields.join(", ")}`);
  }
}

function checkReference(path: string, value: unknown, method: string): void {
  if (value === undefined) return;
  const given = value as { type?: unknown } & Record<string, unknown>;
  if (typeof given === "object" && given !== null) {
    if (typeof given.type === "string" && given.type !== "") return;
    if (typeof given[method] === "function") return;
  }
  throw invalid(path, `must be { type: "…", … } or an object with the function ${method}()`);
}

function invalid(path: string, problem: string): Error {
  return loomError("config-invalid", `${path} ${problem}`, { path });
}
