/** What dialects and providers are made of: reading unchecked JSON, params, errors, ids, and a provider over the wire. */

export { rowRequest } from "./batch-rows.ts";
export { clean, detailsOf, type ErrorDecoder, errorDecoder } from "./error-decoder.ts";
export { type Fault, faultOf, faultOfText } from "./fault.ts";
export { asCount, asFields, asIndex, asList, asText, asWord, dataUri, type Fields } from "./json.ts";
export { forwardedText } from "./forward.ts";
export { letters } from "./letters.ts";
export { madeUpId } from "./made-up-id.ts";
export { type ModelParams, modelParams } from "./model-params.ts";
export { type Body, boundElsewhere, type DialectParams, type ParamWriter, paramWriter } from "./params.ts";
export { isForeign, unbound, vendorBound } from "./provenance.ts";
export { durationMs, header, hintMs, retryAfterMs } from "./retry-after.ts";
export { type RowsForm, rowsForm } from "./rows-form.ts";
export { isStrictSchema, schemaName } from "./strict-schema.ts";
export { wireProvider, type WireProviderOptions } from "./wire-provider.ts";
