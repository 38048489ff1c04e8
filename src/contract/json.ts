/** JSON values, as they travel on the wire and in config files. */

/** Any JSON value. Readonly: Loom never edits a value that it was given. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object. A key whose value is `undefined` is treated as absent and is not sent. */
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}
