/** Catalog: which models there are and what they cost. Bundled, from a YAML file, and registered in code. */

import { equivalents, loadNames, vendors as bundled } from "../../catalog/_index.ts";
import type { Modality } from "../contract/call.ts";
import type { Capability, ModelEntry, VendorCatalog } from "../contract/catalog.ts";
import type { Manifest } from "../contract/manifest.ts";
import { loomError } from "../errors/index.ts";
import { defaultRates } from "./currency.ts";
import type { CurrencyRates } from "./rates.ts";
import { entryOf, manifestOf, type ModelRegistration, type OpenAICompatibleVendor } from "./registration.ts";
import { type CatalogOptions, ratesOf, readSource, type Source, sourceName } from "./source.ts";
import { indexVendor, type VendorIndex } from "./vendor-index.ts";

export interface ModelFilter {
  readonly provider?: string;
  readonly modality?: Modality;
  readonly capability?: Capability;
}

/**
 * The models that a Loom knows.
 *
 * A catalog from YAML REPLACES the bundled list of each vendor it names and leaves the other vendors alone. Models
 * registered in code come on top of either.
 *
 * @example
 * ```ts
 * import { Catalog } from "loom-router";
 * const catalog = new Catalog();
 * catalog.registerModel({ provider: "openai", modelId: "cheap", upstreamModel: "gpt-4o-mini", inputCostPer1m: 0.15 });
 * await catalog.ensure("openai");
 * console.log(catalog.find("openai", "text", "cheap")?.model); // gpt-4o-mini
 * ```
 */
export class Catalog {
  readonly #source: Source | undefined;
  readonly #bundled: boolean;
  readonly #ownRates: CurrencyRates;
  #lentRates: CurrencyRates = {};
  /** The vendors of the YAML, once it is read. */
  #own: ReadonlyMap<string, VendorCatalog> | undefined;
  #reading: Promise<void> | undefined;
  readonly #loaded = new Map<string, VendorCatalog>();
  readonly #loading = new Map<string, Promise<void>>();
  readonly #indexes = new Map<string, VendorIndex>();
  /** Registered models by provider, then by modality and id. */
  readonly #registered = new Map<string, Map<string, ModelEntry>>();
  readonly #manifests = new Map<string, Manifest>();
  /** Every bundled name -> the vendors that have it; read when a bare name is first asked for. */
  #names: ReadonlyMap<string, readonly string[]> | undefined;

  /** @throws LoomError `config-invalid` naming the option */
  constructor(options: CatalogOptions = {}, source?: Source) {
    this.#source = source;
    this.#bundled = options.bundled ?? true;
    this.#ownRates = ratesOf(options);
    if (source === undefined) this.#own = new Map();
  }

  /**
   * A catalog from a YAML file. The file is read on first use; `await catalog.load()` reads it now and throws what is
   * wrong with it.
   */
  static fromYaml(file: string | URL, options: CatalogOptions = {}): Catalog {
    if (!(file instanceof URL) && (typeof file !== "string" || file === "")) {
      throw loomError("config-invalid", "Catalog.fromYaml takes the path of a YAML file", {
        path: "catalog",
      });
    }
    return new Catalog(options, { file });
  }

  /** A catalog from YAML text. `file` is the name that errors show. */
  static fromText(text: string, options: CatalogOptions & { readonly file?: string } = {}): Catalog {
    return new Catalog(options, { text, file: options.file ?? "catalog.yaml" });
  }

  /** Adds a model, or puts it in the place of the one with the same provider, modality and id. */
  registerModel(model: ModelRegistration): this {
    const entry = entryOf(model, this.#rates());
    let models = this.#registered.get(entry.provider);
    if (models === undefined) this.#registered.set(entry.provider, models = new Map());
    models.set(`${entry.modality} ${entry.id}`, entry);
    this.#indexes.delete(entry.provider);
    return this;
  }

  /** Adds a vendor that speaks OpenAI's chat completions; any model name may be asked of it. */
  registerOpenAICompatible(vendor: OpenAICompatibleVendor): this {
    const manifest = manifestOf(vendor);
    if (this.#manifests.has(manifest.id)) {
      throw loomError("config-invalid", `registerOpenAICompatible: "${manifest.id}" is registered already`, {
        path: "registerOpenAICompatible.key",
      });
    }
    this.#manifests.set(manifest.id, manifest);
    return this;
  }

  /** The vendors added with `registerOpenAICompatible`, in that order. */
  get manifests(): readonly Manifest[] {
    return [...this.#manifests.values()];
  }

  /** Exchange rates for currencies this catalog was given none for. To be called before the first lookup. */
  lendRates(rates: CurrencyRates): void {
    this.#lentRates = rates;
  }

  /**
   * Reads the YAML, if there is one. Safe to call often; after a failure the next call tries again.
   *
   * @throws LoomError `config-invalid` with file and line
   */
  load(): Promise<void> {
    if (this.#own !== undefined) return Promise.resolve();
    return this.#reading ??= this.#read().finally(() => this.#reading = undefined);
  }

  /** Ids of every vendor that has models here. Those of a YAML file appear once it is loaded. */
  providers(): readonly string[] {
    const ids = new Set(this.#own?.keys());
    for (const id of this.#registered.keys()) ids.add(id);
    if (this.#bundled) { for (const id of Object.keys(bundled)) ids.add(id); }
    return [...ids];
  }

  /**
   * Makes `find` ready for a vendor. `undefined`: it is ready now, nothing to wait for.
   *
   * @throws LoomError `config-invalid` when the catalog's own YAML is wrong
   */
  ensure(provider: string): Promise<void> | undefined {
    if (this.#indexes.has(provider)) return undefined;
    if (this.#own === undefined) return this.load().then(() => this.ensure(provider));
    if (this.#index(provider) !== undefined || !this.#isBundled(provider)) return undefined;
    const running = this.#loading.get(provider);
    if (running !== undefined) return running;
    const loading = this.#import(provider).finally(() => this.#loading.delete(provider));
    this.#loading.set(provider, loading);
    return loading;
  }

  /** The model of this name: id, alias or upstream name. Knows vendors that `ensure` has made ready, no others. */
  find(provider: string, modality: Modality, name: string): ModelEntry | undefined {
    const index = this.#indexes.get(provider) ?? this.#index(provider);
    return index?.find(modality, name);
  }

  /** Every model, vendor by vendor. */
  async models(filter: ModelFilter = {}): Promise<readonly ModelEntry[]> {
    await this.load();
    const { provider, modality, capability } = filter;
    const ids = provider === undefined ? this.providers() : [provider];
    await Promise.all(ids.map((id) => this.ensure(id)));
    return ids.flatMap((id) => this.#index(id)?.models ?? []).filter((entry) =>
      (modality === undefined || entry.modality === modality) &&
      (capability === undefined || entry.capabilities?.includes(capability) === true)
    );
  }

  /** Vendors that have a model of this name in any modality: those of the YAML and of code first. */
  providersOf(name: string): readonly string[] | Promise<readonly string[]> {
    if (this.#own === undefined) return this.load().then(() => this.providersOf(name));
    if (this.#bundled && this.#names === undefined) {
      return loadNames().then((names) => {
        this.#names ??= new Map(Object.entries(names));
        return this.providersOf(name);
      });
    }
    const own = [...this.#own.keys(), ...this.#registered.keys()];
    const found = new Set(own.filter((provider) => this.#ownHas(provider, name)));
    for (const provider of this.#names?.get(name) ?? []) if (!this.#own.has(provider)) found.add(provider);
    return [...found];
  }

  /** Names that `find` knows at this vendor, once it is ready. */
  namesOf(provider: string, modality?: Modality): readonly string[] {
    return [...this.#index(provider)?.names(modality) ?? []];
  }

  /** Models of other vendors that can stand in for this one, best first, as `provider/model`. */
  equivalentsOf(provider: string, model: string): readonly string[] {
    const direct = equivalentsFor(`${provider}/${model}`);
    if (direct !== undefined) return direct;
    const entry = this.find(provider, "text", model) ?? this.find(provider, "embedding", model);
    if (entry === undefined) return [];
    return equivalentsFor(`${provider}/${entry.id}`) ?? equivalentsFor(`${provider}/${entry.model}`) ?? [];
  }

  #rates(): CurrencyRates {
    return { ...defaultRates, ...this.#lentRates, ...this.#ownRates };
  }

  #isBundled(provider: string): boolean {
    return this.#bundled && Object.hasOwn(bundled, provider) && this.#own?.has(provider) !== true;
  }

  /** Whether the YAML or a registration gives this vendor a model of this name. */
  #ownHas(provider: string, name: string): boolean {
    const added = this.#registered.get(provider)?.values() ?? [];
    for (const entry of added) if (answersTo(entry, name)) return true;
    return this.#own?.get(provider)?.models.some((entry) => answersTo(entry, name)) ?? false;
  }

  /** The vendor's index when everything it is made of is in memory. Bounded: unknown vendors are not kept. */
  #index(provider: string): VendorIndex | undefined {
    const index = this.#indexes.get(provider);
    if (index !== undefined || this.#own === undefined) return index;
    const added = [...this.#registered.get(provider)?.values() ?? []];
    let vendor = this.#own.get(provider) ?? this.#loaded.get(provider);
    if (vendor === undefined) {
      if (added.length === 0 || this.#isBundled(provider)) return undefined;
      vendor = { provider, label: this.#manifests.get(provider)?.label ?? provider, models: [] };
    }
    const made = indexVendor(vendor, added);
    this.#indexes.set(provider, made);
    return made;
  }

  async #import(provider: string): Promise<void> {
    const module = await bundled[provider]?.();
    if (module !== undefined) this.#loaded.set(provider, module.default as VendorCatalog);
    this.#index(provider);
  }

  async #read(): Promise<void> {
    const source = this.#source;
    if (source === undefined) return;
    const text = await readSource(source);
    const { compileCatalog } = await import("./compile.ts");
    const vendors = await compileCatalog(text, sourceName(source), this.#rates());
    this.#own = new Map(vendors.map((vendor) => [vendor.provider, vendor]));
  }
}

function answersTo(entry: ModelEntry, name: string): boolean {
  return entry.id === name || entry.model === name || entry.aliases?.includes(name) === true;
}

function equivalentsFor(name: string): readonly string[] | undefined {
  return Object.hasOwn(equivalents, name) ? equivalents[name] : undefined;
}
