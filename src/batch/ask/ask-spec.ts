/** What is asked of every row, in plain data: it goes into the journal's header, and over the queue to other machines. */

import type { JsonObject } from "../../contract/json.ts";
import type { Params } from "../../contract/message.ts";

export interface AskSpec {
  readonly provider: string;
  readonly model: string;
  /** The column that is the prompt; unused where there is a template. Default `prompt`. */
  readonly column: string;
  /** `Classify: {{text}}`, with columns in braces. */
  readonly template?: string;
  readonly system?: string;
  /** JSON Schema of the answer, whose properties become columns. */
  readonly schema?: JsonObject;
  readonly params?: Params;
  /** `provider/model` to ask when the first one fails, in order. */
  readonly fallback?: readonly string[];
}
