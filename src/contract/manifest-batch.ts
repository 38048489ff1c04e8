/** How a vendor of OpenAI's wire format takes batches: a file of calls is uploaded, a job works on it, files hold the answers. */

import type { Json } from "./json.ts";

/** Paths are under `baseUrl`. */
export interface ManifestBatch {
  /**
   * How jobs are handed in and read. `openai` (the default): files and jobs; `xai`: a file, then pages of results;
   * `fireworks`: datasets of an account. The fields below `modalities` are about `openai` alone.
   */
  readonly api?: "openai" | "xai" | "fireworks";
  readonly maxRows: number;
  /** Of the file of calls. */
  readonly maxBytes: number;
  /** Which calls it takes. Default: text alone. */
  readonly modalities?: readonly ("text" | "embedding")[];
  /** Where jobs are. Default `/batches`. */
  readonly path?: string;
  /** How the file is uploaded: where to, by default `/files`, and the form's fields, by default `purpose: batch`. */
  readonly upload?: { readonly path?: string; readonly fields?: Readonly<Record<string, string>> };
  /** What stands before the path of a call where rows and jobs name it. Default `/v1`. */
  readonly prefix?: string;
  /**
   * What a row has. `request` (the default): id, method, address and body; `body`: id and body; `body-without-model`: the same,
   * and the job names the model.
   */
  readonly rows?: "request" | "body" | "body-without-model";
  /** Where a job names the file; `input_files` takes a list. Default `input_file_id`. */
  readonly file?: "input_file_id" | "input_files";
  /**
   * The field of a job's `metadata` that holds the label by which a batch is found again. Default `loom`; `false`: jobs have no
   * metadata, so that their file is looked for by its name.
   */
  readonly metadata?: string | false;
  /**
   * How jobs are listed. `cursor` (the default): `limit` and `after`; `pages`: `page`, `page_size` and `order_by`; `whole`: all
   * at once.
   */
  readonly list?: "cursor" | "pages" | "whole";
  /** Sent with every job, such as `{ completion_window: 24h }`. */
  readonly create?: Readonly<Record<string, Json>>;
}
