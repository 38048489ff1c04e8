/** Models and vendors that a program adds in code: checked, and brought into the catalog's own form. */

import type { Modality } from "../contract/call.ts";
import type { Capability, ModelEntry } from "../contract/catalog.ts";
import type { Price, Rates } from "../contract/cost.ts";
import type { Manifest } from "../contract/manifest.ts";
import type { Params } from "../contract/message.ts";
import { type LoomError, loomError } from "../errors/index.ts";
import { nearest } from "../util/nearest.ts";
import { modalities } from "../util/modalities.ts";
import { capabilities as knownCapabilities } from "./vocabulary.ts";
import { type CurrencyRates, maxUsd, nanoRate } from "./rates.ts";

/** A model added in code. Prices are in `currency`, per 1M tokens or characters unless the name says otherwise. */
export interface ModelRegistration {
  readonly provider: string;
  /** Default `text`. */
  readonly modality?: Modality;
  /** The name callers use. */
  readonly modelId: string;
  /** What the vendor is asked for. Default: `modelId`. */
  readonly upstreamModel?: string;
  readonly name?: string;
  readonly aliases?: readonly string[];
  readonly params?: Params;
  /** ISO 4217 code that the costs are in. Default `USD`. */
  readonly currency?: string;
  readonly inputCostPer1m?: number;
  readonly cachedInputCostPer1m?: number;
  readonly cacheWriteCostPer1m?: number;
  readonly cacheWrite1hCostPer1m?: number;
  readonly outputCostPer1m?: number;
  /** Default: what output costs. */
  readonly reasoningCostPer1m?: number;
  /** Tokens of sound and of pictures. Default: what tokens of text cost. */
  readonly inputAudioCostPer1m?: number;
  readonly cachedInputAudioCostPer1m?: number;
  readonly outputAudioCostPer1m?: number;
  readonly inputImageCostPer1m?: number;
  readonly outputImageCostPer1m?: number;
  readonly characterCostPer1m?: number;
  readonly costPerImage?: number;
  readonly costPerSecond?: number;
  readonly costPerQuery?: number;
  readonly costPerRequest?: number;
  readonly contextTokens?: number;
  readonly maxOutputTokens?: number;
  readonly capabilities?: readonly Capability[];
}

/** A vendor that speaks OpenAI's chat completions, added in code. */
export interface OpenAICompatibleVendor {
  /** The provider id calls will use. */
  readonly key: string;
  /** For people. Default: the key. */
  readonly label?: string;
  /** `https:`, or `http:` to this machine. */
  readonly baseUrl: string;
  /** Environment variable that holds its key. Absent: no key is sent. */
  readonly apiKeyEnv?: string;
}

const rateFields: Readonly<Record<string, keyof Rates>> = {
  inputCostPer1m: "input",
  cachedInputCostPer1m: "cachedInput",
  cacheWriteCostPer1m: "cacheWrite",
  cacheWrite1hCostPer1m: "cacheWrite1h",
  outputCostPer1m: "output",
  reasoningCostPer1m: "reasoning",
  inputAudioCostPer1m: "inputAudio",
  cachedInputAudioCostPer1m: "cachedInputAudio",
  outputAudioCostPer1m: "outputAudio",
  inputImageCostPer1m: "inputImage",
  outputImageCostPer1m: "outputImage",
  characterCostPer1m: "character",
  costPerImage: "image",
  costPerSecond: "second",
  costPerQuery: "query",
  costPerRequest: "request",
};

const modelFields: readonly string[] = [
  "provider",
  "modality",
  "modelId",
  "upstreamModel",
  "name",
  "aliases",
  "params",
  "currency",
  ...Object.keys(rateFields),
  "contextTokens",
  "maxOutputTokens",
  "capabilities",
];

/** @throws LoomError `config-invalid` naming the field */
export function entryOf(model: ModelRegistration, currencies: CurrencyRates): ModelEntry {
  const call = "registerModel";
  const fields = checkFields(call, model, modelFields);
  const modality = model.modality ?? "text";
  if (!modalities.includes(modality)) {
    throw wrong(call, "modality", `one of ${modalities.join(", ")}`, modality);
  }
  for (const name of model.capabilities ?? []) {
    if (!knownCapabilities.includes(name)) {
      throw wrong(call, "capabilities", `a list out of ${knownCapabilities.join(", ")}`, name);
    }
  }
  const price: Record<string, number> = {};
  const usdPerUnit = rateOf(model.currency ?? "USD", currencies);
  for (const [field, rate] of Object.entries(rateFields)) {
    const amount = fields[field];
    if (amount === undefined) continue;
    if (typeof amount !== "number" || !(amount >= 0) || amount * usdPerUnit > maxUsd) {
      throw wrong(call, field, "a number of 0 or more", amount);
    }
    price[rate] = nanoRate(amount, usdPerUnit);
  }
  for (const field of ["contextTokens", "maxOutputTokens"]) {
    const count = fields[field];
    if (count !== undefined && !(Number.isSafeInteger(count) && Number(count) > 0)) {
      throw wrong(call, field, "a whole number above 0", count);
    }
  }
  const id = requireName(call, "modelId", model.modelId);
  return {
    provider: requireId(call, "provider", model.provider),
    modality,
    id,
    ...(model.name === undefined ? {} : { name: requireName(call, "name", model.name) }),
    model: model.upstreamModel === undefined ? id : requireName(call, "upstreamModel", model.upstreamModel),
    ...(model.aliases === undefined
      ? {}
      : { aliases: model.aliases.map((alias) => requireName(call, "aliases", alias)) }),
    ...(model.params === undefined ? {} : { params: structuredClone(model.params) }),
    ...(Object.keys(price).length === 0 ? {} : { price: price as Price }),
    ...(model.contextTokens === undefined ? {} : { contextTokens: model.contextTokens }),
    ...(model.maxOutputTokens === undefined ? {} : { maxOutputTokens: model.maxOutputTokens }),
    ...(model.capabilities === undefined ? {} : { capabilities: [...model.capabilities] }),
  };
}

/** @throws LoomError `config-invalid` naming the field */
export function manifestOf(vendor: OpenAICompatibleVendor): Manifest {
  const call = "registerOpenAICompatible";
  checkFields(call, vendor, ["key", "label", "baseUrl", "apiKeyEnv"]);
  const id = requireId(call, "key", vendor.key);
  const url = typeof vendor.baseUrl === "string" ? URL.parse(vendor.baseUrl) : null;
  const loopback = url !== null && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url === null || !(url.protocol === "https:" || (url.protocol === "http:" && loopback))) {
    throw wrong(call, "baseUrl", "an https: URL, or an http: URL of this machine", vendor.baseUrl);
  }
  // Keys in URLs end up in logs.
  if (url.username !== "" || url.password !== "" || url.search !== "") {
    throw loomError(
      "config-invalid",
      `${call}: baseUrl must hold no user, password or query; use apiKeyEnv`,
      {
        path: `${call}.baseUrl`,
      },
    );
  }
  const variable = vendor.apiKeyEnv;
  if (variable !== undefined && !/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable)) {
    throw loomError(
      "config-invalid",
      `${call}: apiKeyEnv must be the name of an environment variable, for example ACME_API_KEY, not the key itself`,
      { path: `${call}.apiKeyEnv` },
    );
  }
  return {
    id,
    label: vendor.label === undefined ? id : requireName(call, "label", vendor.label),
    dialect: "openai-chat",
    baseUrl: vendor.baseUrl.replace(/\/+$/, ""),
    auth: variable === undefined ? { type: "none" } : { type: "bearer", env: [variable] },
    models: "open",
    // Nobody has said what it can do, so it is asked and may refuse.
    capabilities: { text: true, embedding: true, tools: true, images: true, files: true, audio: true },
    sources: [],
  };
}

function rateOf(code: string, currencies: CurrencyRates): number {
  const key = typeof code === "string" ? code.toLowerCase() : "";
  const rate = Object.hasOwn(currencies, key) ? currencies[key] : undefined;
  if (rate !== undefined) return rate;
  throw loomError(
    "config-invalid",
    `registerModel: the rate of currency ${
      JSON.stringify(code)
    } is unknown: give the Catalog localCurrency with ` +
      `localToUsd, or rates: { ${key}: <USD per unit> }`,
    { path: "registerModel.currency" },
  );
}

function checkFields(call: string, value: unknown, known: readonly string[]): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw loomError("config-invalid", `${call} takes an object with ${known.slice(0, 3).join(", ")} …`, {
      path: call,
    });
  }
  for (const field of Object.keys(value)) {
    if (known.includes(field)) continue;
    const near = nearest(field, known, 1)[0];
    const help = near === undefined ? `known fields: ${known.join(", ")}` : `did you mean ${near}?`;
    throw loomError("config-invalid", `${call}: ${field} is not a known field; ${help}`, {
      path: `${call}.${field}`,
    });
  }
  return value as Record<string, unknown>;
}

function requireId(call: string, field: string, value: unknown): string {
  if (typeof value === "string" && /^[a-z0-9][a-z0-9._-]*$/i.test(value)) return value;
  throw wrong(call, field, "an id of letters, digits, dots, dashes and underscores", value);
}

function requireName(call: string, field: string, value: unknown): string {
  if (typeof value === "string" && value.trim() !== "") return value;
  throw wrong(call, field, "text that is not empty", value);
}

function wrong(call: string, field: string, expected: string, found: unknown): LoomError {
  const shown = (JSON.stringify(found) ?? String(found)).slice(0, 80);
  return loomError("config-invalid", `${call}: ${field} must be ${expected}, but is ${shown}`, {
    path: `${call}.${field}`,
  });
}
