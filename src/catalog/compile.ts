/** Compiles catalog YAML into model entries. Loads the YAML library on first use, never at import. */

import type { Modality } from "../contract/call.ts";
import type { ModelEntry, VendorCatalog } from "../contract/catalog.ts";
import type { Price } from "../contract/cost.ts";
import type { Params } from "../contract/message.ts";
import { readDiscount, readRate, readSteps, readVariants } from "./compile-price.ts";
import { type CurrencyRates, priceKeys } from "./rates.ts";
import { modalities } from "../util/modalities.ts";
import { capabilities } from "./vocabulary.ts";
import { parseYaml, type YamlNode } from "./yaml-tree.ts";

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

const modelKeys: readonly string[] = [
  "id",
  "name",
  "model",
  "aliases",
  "params",
  ...priceKeys,
  "steps",
  "variants",
  "batch_discount",
  "price_unknown",
  "context_tokens",
  "max_output_tokens",
  "capabilities",
  "deprecated",
];

/**
 * Compiles one catalog file, which may hold several vendors.
 *
 * @param rates USD per unit of each currency the file may use
 * @throws LoomError `config-invalid` with file, line and what was expected
 */
export async function compileCatalog(
  text: string,
  file: string,
  rates: CurrencyRates,
): Promise<readonly VendorCatalog[]> {
  const root = await parseYaml(text, file);
  const vendors = root.entries("a mapping of vendors, for example `openai: { modalities: { text: [...] } }`");
  return vendors.map(([provider, node]) => readVendor(provider, node, rates));
}

function readVendor(provider: string, node: YamlNode, rates: CurrencyRates): VendorCatalog {
  if (!/^[a-z0-9][a-z0-9._-]*$/i.test(provider)) {
    throw node.fault("is not a vendor id: use letters, digits, dots, dashes and underscores");
  }
  let label = provider;
  let discount: number | undefined;
  let modalitiesNode: YamlNode | undefined;
  for (const [key, value] of node.entries("a mapping with label and modalities")) {
    if (key === "label") label = value.text();
    else if (key === "batch_discount") discount = readDiscount(value);
    else if (key === "modalities") modalitiesNode = value;
    else throw value.unknownKey(["label", "batch_discount", "modalities"]);
  }
  if (modalitiesNode === undefined) throw node.fault("has no modalities");
  return { provider, label, models: readModalities(provider, modalitiesNode, rates, discount) };
}

function readModalities(
  provider: string,
  node: YamlNode,
  rates: CurrencyRates,
  batchDiscount: number | undefined,
): readonly ModelEntry[] {
  const models: ModelEntry[] = [];
  for (const [key, list] of node.entries("a mapping of modalities, for example `text: [...]`")) {
    const modality = modalities.find((known) => known === key);
    if (modality === undefined) throw list.unknownKey(modalities);
    const takenBy = new Map<string, string>();
    const nodes = list.items("a list of models");
    const entries = nodes.map((item) => readModel(provider, modality, item, rates, batchDiscount));
    // Ids first: an alias may not hide a model that comes later in the list.
    entries.forEach((entry, index) => claim(takenBy, entry.id, entry.id, nodes[index]));
    entries.forEach((entry, index) => {
      for (const alias of entry.aliases ?? []) claim(takenBy, alias, entry.id, nodes[index]);
    });
    models.push(...entries);
  }
  return models;
}

function claim(takenBy: Map<string, string>, name: string, id: string, node: YamlNode | undefined): void {
  const other = takenBy.get(name);
  if (other !== undefined) throw node?.fault(`uses the name "${name}", which model "${other}" has already`);
  takenBy.set(name, id);
}

function readModel(
  provider: string,
  modality: Modality,
  node: YamlNode,
  currencies: CurrencyRates,
  vendorDiscount: number | undefined,
): ModelEntry {
  const entry: Mutable<Partial<ModelEntry>> = {};
  const price: Mutable<Price> = {};
  let batchDiscount = vendorDiscount;
  for (const [key, value] of node.entries("a mapping with at least an id")) {
    switch (key) {
      case "id":
      case "name":
      case "model":
        entry[key] = value.text();
        break;
      case "aliases":
        entry.aliases = value.items("a list of names").map((alias) => alias.text());
        break;
      case "params":
        value.entries("a mapping of the vendor's params");
        entry.params = value.value() as Params;
        break;
      case "steps":
        price.steps = readSteps(value, currencies);
        break;
      case "variants":
        price.variants = readVariants(value, currencies);
        break;
      case "batch_discount":
        batchDiscount = readDiscount(value);
        break;
      case "price_unknown":
        entry.priceUnknown = value.text();
        break;
      case "context_tokens":
        entry.contextTokens = value.whole(1);
        break;
      case "max_output_tokens":
        entry.maxOutputTokens = value.whole(1);
        break;
      case "capabilities":
        entry.capabilities = value.items("a list of capabilities").map((item) => item.oneOf(capabilities));
        break;
      case "deprecated":
        entry.deprecated = readDate(value);
        break;
      default:
        if (!readRate(key, value, price, currencies)) throw value.unknownKey(modelKeys);
    }
  }
  if (entry.id === undefined) throw node.fault("has no id; every model needs one");
  const { id, name, model = id, aliases, params, ...rest } = entry;
  const priced = Object.keys(price).length > 0;
  if (priced && rest.priceUnknown !== undefined) {
    throw node.fault("has prices, and price_unknown, which says why it has none");
  }
  if (priced && batchDiscount !== undefined && batchDiscount !== 1) price.batchDiscount = batchDiscount;
  return {
    provider,
    modality,
    id,
    ...(name === undefined ? {} : { name }),
    model,
    ...(aliases === undefined ? {} : { aliases }),
    ...(params === undefined ? {} : { params }),
    ...(priced ? { price } : {}),
    ...rest,
  };
}

function readDate(node: YamlNode): string {
  const text = node.text();
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : NaN;
  // Date.parse takes 2027-02-30 for a day in March.
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text) {
    throw node.fault(`must be a date such as 2027-01-31, but is "${text}"`);
  }
  return text;
}

/** Reads `equivalents.yaml`: `provider/model: [provider/model, …]`. Whether the names exist is the caller's to check. */
export async function compileEquivalents(
  text: string,
  file: string,
): Promise<Readonly<Record<string, readonly string[]>>> {
  const root = await parseYaml(text, file);
  const equivalents: Record<string, readonly string[]> = {};
  for (const [name, list] of root.entries("a mapping of `provider/model` to lists of the same")) {
    const others = list.items("a list of `provider/model`").map((item) => item.text());
    for (const other of [name, ...others]) {
      if (!/^[^/]+\/.+$/.test(other)) {
        throw list.fault(`must hold names as provider/model, but has "${other}"`);
      }
    }
    if (new Set([name, ...others]).size <= others.length) throw list.fault("names a model twice");
    equivalents[name] = others;
  }
  return equivalents;
}
