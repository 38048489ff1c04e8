/** How a vendor of OpenAI's wire format takes batches: a file of calls is uploaded, a job works on it, files hold the answers. */

import type { Json } from "./json.ts";

/** Paths are under `baseUrl`. */
export interface ManifestBatch {
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
  /** Sent with every job, such as `{ completion_window: 24h }`. */
  readonly create?: Readonly<Record<string, Json>>;
}
