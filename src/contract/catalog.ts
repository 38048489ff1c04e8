/** Catalogs: which models there are, what they can do and what they cost. */

import type { Modality } from "./call.ts";
import type { Price } from "./cost.ts";
import type { Params } from "./message.ts";

/** One model of one vendor, compiled from the catalog's YAML. */
export interface ModelEntry {
  readonly provider: string;
  readonly modality: Modality;
  /** The name callers use. */
  readonly id: string;
  /** For people. Default: the id. */
  readonly name?: string;
  /** What the vendor is asked for. */
  readonly model: string;
  /** Other names that find this model. */
  readonly aliases?: readonly string[];
  /** Defaults under the call's params. */
  readonly params?: Params;
  /** Absent: unknown, so costs are `null` with a warning. */
  readonly price?: Price;
  /** Why no price is stated. */
  readonly priceUnknown?: string;
  /** Largest input plus output, in tokens. */
  readonly contextTokens?: number;
  readonly maxOutputTokens?: number;
  readonly capabilities?: readonly Capability[];
  /** ISO date from which the vendor no longer serves it. */
  readonly deprecated?: string;
}

export type Capability =
  | "tools"
  | "json-schema"
  | "json-object"
  | "reasoning"
  | "image-input"
  | "file-input"
  | "audio-input"
  | "video-input"
  | "prompt-cache";

/** One vendor's part of a catalog, compiled. */
export interface VendorCatalog {
  readonly provider: string;
  readonly label: string;
  readonly models: readonly ModelEntry[];
}
