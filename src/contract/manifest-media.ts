/** Pictures, films, sounds and rankings of a vendor as data. What is left out is as OpenAI has it. */

import type { Json, JsonObject } from "./json.ts";

/** What `media` may describe. */
export type MediaModality = "image" | "video" | "speech" | "transcription" | "rerank" | "moderation";

/**
 * One modality of one vendor, for the dialect `media`. Pointers are JSON pointers; those that write may end in `/-`, which
 * adds to a list, and those that read may have `*` for every entry of a list.
 */
export interface ManifestMedia {
  /** Under the base; `{model}` stands for the upstream model, whose slashes stay. */
  readonly path: string;
  /**
   * What `path` is under, in place of the base URL: relative to it (`../../api/v1`), or an address on another host of the
   * vendor, which `hosts` must list. Configuration that changes the base URL takes the place of such an address too.
   */
  readonly base?: string;
  /** On top of the manifest's. No variables. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How the request is written. Default `json`; transcription: `form`, which is multipart. */
  readonly body?: "json" | "form";
  /** Names of lists in forms: `name[]` (the default), or the same name again. */
  readonly formLists?: "brackets" | "repeat";
  /** What every request holds, before anything is written into it. */
  readonly fixed?: JsonObject;
  /** Where the upstream model goes; `false`: nowhere. Default `/model`. */
  readonly model?: string | false;
  /** Where the prompt goes; `false`: the vendor takes none. Default `/prompt`, speech `/input`, rerank `/query`. */
  readonly prompt?: string | false;
  readonly params?: ManifestMediaParams;
  /** Where pictures go. Absent: calls with pictures are refused. */
  readonly images?: ManifestMediaImages;
  /** Where the recording of a transcription goes. */
  readonly audio?: ManifestMediaAudio;
  /** Where the documents of a rerank call go, by default `/documents`, and the texts of a moderation call, by default `/input`. */
  readonly documents?: { readonly at?: string; readonly each?: Json };
  /** Laid over all of this for calls with pictures, field by field. */
  readonly edit?: Partial<Omit<ManifestMedia, "edit" | "variants">>;
  /** Laid over all of this for some models; the first that fits. */
  readonly variants?: readonly ManifestMediaVariant[];
  readonly reply?: ManifestMediaReply;
  /** The vendor answers with a job that is asked after. */
  readonly job?: ManifestMediaJob;
}

/** What is different for models of these names, in which `*` stands for anything. */
export interface ManifestMediaVariant extends Partial<Omit<ManifestMedia, "variants">> {
  readonly models: readonly string[];
}

/** As `params` of the manifest, for this modality alone. */
export interface ManifestMediaParams {
  /** Portable name -> the vendor's, or a pointer into the body. */
  readonly rename?: Readonly<Record<string, string>>;
  /** Left out with a warning. */
  readonly drop?: readonly string[];
  /** By the vendor's name or pointer. */
  readonly default?: Readonly<Record<string, Json>>;
  readonly clamp?: Readonly<Record<string, readonly [number, number]>>;
  /** Where params go that are no pointers. Default: the top of the body. */
  readonly under?: string;
  /** Portable name -> how its value is written. */
  readonly convert?: Readonly<Record<string, MediaConversion>>;
}

/**
 * `number` and `text`: the same value so written; `star`: `1024x1024` as `1024*1024`; `x`: `16:9` as `16x9`; `sides`:
 * `1024x768` as the numbers `width` and `height`.
 */
export type MediaConversion = "number" | "text" | "star" | "x" | "sides";

export interface ManifestMediaImages {
  /** One place after the other: the first picture goes to the first. The last one may be a list (`/-`), which takes the rest. */
  readonly at: readonly string[];
  /** The list that takes them all when there are several. */
  readonly many?: string;
  /**
   * `url`: an address, or the bytes as a data URI (the default); `base64`: an address, or the bare base64; `file`: a file of
   * the form, so that addresses are refused.
   */
  readonly as?: "url" | "base64" | "file";
  /** What is written for each; the text `{image}` in it is the picture. */
  readonly each?: Json;
  /** The same when there are several. Default: `each`. */
  readonly eachOfMany?: Json;
}

export interface ManifestMediaAudio {
  /** Default `/file`. */
  readonly at?: string;
  /** Default `file`. */
  readonly as?: "url" | "base64" | "file";
  /** Where an address goes. Absent: recordings must come as bytes. */
  readonly url?: string;
}

/** How results are found. Pointers without another word are into the whole answer. */
export interface ManifestMediaReply {
  /** `bytes`: the answer is the result itself. Default for speech; otherwise `json`. */
  readonly as?: "json" | "bytes";
  /** Where results are, all places that may have some. Default `/data/*`, rerank `/results/*` and `/data/*`. */
  readonly items?: readonly string[];
  /** In an item; the empty pointer is the item itself. Default `/url`. What is no address is taken for base64. */
  readonly url?: string;
  /** In an item. Default `/b64_json`. */
  readonly b64?: string;
  /** In the answer: the bytes in hexadecimal. */
  readonly hex?: string;
  /** In the answer: the kind of sound, such as `mp3`. */
  readonly format?: string;
  /** In an item: what says that it was held back, and the values that do. */
  readonly blocked?: { readonly at: string; readonly is: readonly Json[] };
  /** In the answer: the text of a transcription. Default `/text`. */
  readonly text?: string;
  /** In an item: what a ranking consists of. Default `/index` and `/relevance_score`. */
  readonly index?: string;
  readonly score?: string;
  /** The vendor's id of the work. Default `/id`. */
  readonly id?: string;
  readonly usage?: ManifestMediaUsage;
}

/** Into the whole answer; where the vendor counts nothing, results and characters are counted here. */
export interface ManifestMediaUsage {
  readonly inputTokens?: string;
  readonly outputTokens?: string;
  readonly images?: string;
  readonly seconds?: string;
  readonly characters?: string;
  readonly queries?: string;
  /** In USD, or in the units of `costUnitsPerUsd`. Also looked for in the answer that begins a job. */
  readonly costUsd?: string;
  readonly costUnitsPerUsd?: number;
}

export interface ManifestMediaJob {
  /** Default `/id`. */
  readonly id?: string;
  /** The address to ask, in the first answer. Without it, or when it is missing there, `poll` is asked. */
  readonly url?: string;
  /** `{id}` and `{model}` stand for those. */
  readonly poll?: ManifestMediaStep;
  /** All places that may hold it. Default `/status`. */
  readonly status?: readonly string[];
  /** The vendor's words, in any case. What is none of them means that the work goes on. */
  readonly done: readonly string[];
  readonly failed: readonly string[];
  /** Held back for what it shows or says. */
  readonly blocked?: readonly string[];
  /** What went wrong: an object or a text. Default `/error`. */
  readonly error?: string;
  /** From 0 to 1, or to 100. */
  readonly progress?: string;
  /** What is asked when the work is done, to get the result. A pointer in braces (`{/file_id}`) is read from the last answer. */
  readonly result?: ManifestMediaStep & { readonly as?: "json" | "bytes" };
  /** Tells the vendor to stop. */
  readonly cancel?: ManifestMediaStep;
}

export interface ManifestMediaStep {
  /** Default `GET`; of `cancel`: `POST`. */
  readonly method?: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly body?: JsonObject;
}
