/** Vendor manifests: an OpenAI-compatible vendor as data. The knobs are those that recur across vendors. */

import type { FinishReason } from "./part.ts";
import type { ErrorCode } from "./error-code.ts";
import type { Json } from "./json.ts";
import type { ManifestBatch } from "./manifest-batch.ts";
import type { ManifestMedia, MediaModality } from "./manifest-media.ts";

/**
 * One vendor. Written as YAML in `plugins/providers/<id>.yaml`; the id is the file name. Unknown keys are an error.
 * Pointers are JSON pointers (RFC 6901).
 */
export interface Manifest {
  readonly id: string;
  /** The vendor's name for people. */
  readonly label: string;
  /** Id of the dialect plugin, for example `openai-chat`. */
  readonly dialect: string;
  /** `https:`, or `http:` to a loopback address. */
  readonly baseUrl: string;
  readonly auth: ManifestAuth;
  /** Environment variables that override fields, first one set wins. */
  readonly env?: { readonly baseUrl?: readonly string[]; readonly model?: readonly string[] };
  /**
   * Static headers. `${VAR}` reads the environment, `${A|B}` the first of them that is set; a header whose variable is
   * unset is not sent.
   */
  readonly headers?: Readonly<Record<string, string>>;
  /** Hosts beside the base URL's that may be sent the key: `api.eu.bfl.ai`, or `*.bfl.ai` for all below a domain. */
  readonly hosts?: readonly string[];
  /** The vendor whose models it serves, in the catalog. Default: its id. */
  readonly catalog?: string;
  /** Paths under `baseUrl`, where they differ from the dialect's own. */
  readonly paths?: { readonly chat?: string; readonly embeddings?: string; readonly models?: string };
  readonly params?: ManifestParams;
  /** Renames of roles, for example `{ system: developer }`. */
  readonly roles?: Readonly<Record<string, string>>;
  readonly reasoning?: ManifestReasoning;
  readonly usage?: ManifestUsage;
  readonly errors?: ManifestErrors;
  /** The vendor's finish words that the dialect does not know. */
  readonly finish?: Readonly<Record<string, FinishReason | "error">>;
  /** How structured output is asked for. Default `json_schema`. `json_object`: the schema goes into the prompt. */
  readonly structuredOutput?: "json_schema" | "json_object" | "none";
  /**
   * `toolCallIds: mistral9`: nine letters or digits, foreign ids are mapped. `required`: the vendor's word for it; `auto`
   * means that it has none, so that nothing stronger than `auto` is ever sent.
   */
  readonly tools?: { readonly toolCallIds?: "mistral9"; readonly required?: string };
  /** How pictures, films, sounds and rankings are asked for, where the dialect has no form of its own for them. */
  readonly media?: Readonly<Partial<Record<MediaModality, ManifestMedia>>>;
  /**
   * How documents are sent. `file` (the default): base64 or an uploaded file's id; `file-or-url`: also an address in the place
   * of the base64; `document_url`: a part of that name, with an address or base64.
   */
  readonly documents?: "file" | "file-or-url" | "document_url";
  /** How many calls are handed in at once. Absent: the vendor has no batches, or the dialect knows by itself. */
  readonly batch?: ManifestBatch;
  /** What the vendor can do at all. Absent: text only. What is explicitly `false` is refused before anything is sent. */
  readonly capabilities?: ManifestCapabilities;
  /** `open`: any model name may be asked for, catalog or not (local servers, marketplaces). Default `catalog`. */
  readonly models?: "catalog" | "open";
  /** `gen_ai.provider.name`, where OpenTelemetry's well-known value is not the id. */
  readonly otelName?: string;
  /** Where the facts come from. */
  readonly sources: readonly string[];
}

export interface ManifestAuth {
  /** `none`: no key is sent, even if one is there; `optional: true`: sent when there is one. */
  readonly type: "bearer" | "header" | "none";
  /** With `header`: its name. */
  readonly header?: string;
  /** Names the key may have, in the order they are looked for. */
  readonly env?: readonly string[];
  readonly optional?: boolean;
  /** Tokens of OAuth accounts are sent as `Authorization: Bearer`, with these headers, added to those of the same name. */
  readonly oauth?: { readonly headers?: Readonly<Record<string, string>> };
}

export interface ManifestParams {
  /** Loom's portable name -> the vendor's. */
  readonly rename?: Readonly<Record<string, string>>;
  /** Params the vendor refuses; left out with a warning. `name` also leaves out the speakers' names of messages. */
  readonly drop?: readonly string[];
  /** Sent unless the call says otherwise. */
  readonly default?: Readonly<Record<string, Json>>;
  /** Numbers the vendor refuses beyond these bounds; moved to the bound with a warning. */
  readonly clamp?: Readonly<Record<string, readonly [number, number]>>;
  /** What holds for some models only; of several rules the first that fits. */
  readonly models?: readonly ManifestModelParams[];
}

/** Params of the models whose name, in the catalog or at the vendor, fits `match`. */
export interface ManifestModelParams {
  /** A regular expression. */
  readonly match: string;
  /** Params these models refuse; left out with a warning. */
  readonly drop?: readonly string[];
  /** Values of `reasoning_effort` with which they take them after all. */
  readonly keepWithEffort?: readonly string[];
  /** Sent to these models unless the call says otherwise. */
  readonly default?: Readonly<Record<string, Json>>;
}

export interface ManifestReasoning {
  /** Field of the message and of the delta that carries thinking. Looked for first; then `reasoning_content` and `reasoning`. */
  readonly reply?: string;
  /** Field under which earlier thinking goes back; `content`: as a `thinking` chunk of the content. Absent: it is left out. */
  readonly request?: string;
  /** Which thinking goes back: of all turns (the default), or only what came after the last user turn. */
  readonly requestScope?: "all" | "turn";
  /** Thinking comes as `<think>…</think>` at the beginning of the text. */
  readonly tags?: boolean;
  /**
   * Values of the portable `reasoning_effort` that the vendor says otherwise: as another of its words, or with params of its
   * own. `*` stands for the values that are not named.
   */
  readonly effort?: Readonly<Record<string, string | Readonly<Record<string, Json>>>>;
}

/** Pointers are into the usage object, except `at`, which finds that object in a body or chunk. */
export interface ManifestUsage {
  /** Default `/usage`. */
  readonly at?: string;
  readonly cachedInput?: string;
  readonly cacheWrite?: string;
  readonly reasoning?: string;
  /** What the vendor says the call cost, in USD. */
  readonly costUsd?: string;
  /** How many units of `costUsd` make one USD, where the vendor counts in smaller ones. Default 1. */
  readonly costUnitsPerUsd?: number;
  /** The vendor counts reasoning beside `completion_tokens`, not in it. */
  readonly reasoningApart?: boolean;
  /** `ask`: `stream_options.include_usage` must be sent (the default); `always`: it comes by itself and asking is refused. */
  readonly stream?: "ask" | "always";
}

export interface ManifestErrors {
  /** The vendor's error codes or types -> Loom's codes, where HTTP status and the dialect's own table would mislead. */
  readonly codes?: Readonly<Record<string, ErrorCode>>;
  /** The same for statuses, where one means something else than elsewhere. Codes win. */
  readonly statuses?: Readonly<Record<string, ErrorCode>>;
  /** A body with this pointer present and not one of `ok` is an error even with status 200. */
  readonly inBody?: {
    readonly code: string;
    readonly message: string;
    readonly ok: readonly (string | number)[];
  };
}

export interface ManifestCapabilities {
  readonly text?: boolean;
  readonly embedding?: boolean;
  readonly tools?: boolean;
  readonly images?: boolean;
  readonly files?: boolean;
  readonly audio?: boolean;
}
