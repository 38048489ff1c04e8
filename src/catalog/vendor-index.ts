/** One vendor's models, arranged so that a name finds its model with one look into a map. */

import type { Modality } from "../contract/call.ts";
import type { ModelEntry, VendorCatalog } from "../contract/catalog.ts";

export interface VendorIndex {
  readonly label: string;
  /** In catalog order. */
  readonly models: readonly ModelEntry[];
  find(modality: Modality, name: string): ModelEntry | undefined;
  /** Every name that finds a model of this modality, or of any. */
  names(modality?: Modality): Iterable<string>;
}

/**
 * A name is looked for among ids first, then aliases, then upstream names; of equals the first in the list wins.
 * `added` are models registered in code: they take the place of those with the same id and go before the rest.
 */
export function indexVendor(vendor: VendorCatalog, added: readonly ModelEntry[] = []): VendorIndex {
  const replaced = new Set(added.map((entry) => `${entry.modality} ${entry.id}`));
  const kept = vendor.models.filter((entry) => !replaced.has(`${entry.modality} ${entry.id}`));
  const models = [...added, ...kept];
  const byModality = new Map<Modality, Map<string, ModelEntry>>();
  const put = (entry: ModelEntry, name: string): void => {
    let names = byModality.get(entry.modality);
    if (names === undefined) byModality.set(entry.modality, names = new Map());
    if (!names.has(name)) names.set(name, entry);
  };
  for (const entry of models) put(freeze(entry), entry.id);
  for (const entry of models) entry.aliases?.forEach((alias) => put(entry, alias));
  // An upstream name means the model as it is, so entries with params of their own come last.
  for (const entry of models) if (entry.params === undefined) put(entry, entry.model);
  for (const entry of models) put(entry, entry.model);
  return {
    label: vendor.label,
    models,
    find: (modality, name) => byModality.get(modality)?.get(name),
    *names(modality) {
      for (const [one, names] of byModality) {
        if (modality === undefined || one === modality) yield* names.keys();
      }
    },
  };
}

/** Entries are shared by every call, so nobody may edit one. */
function freeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const field of Object.values(value)) freeze(field);
  return Object.freeze(value);
}
