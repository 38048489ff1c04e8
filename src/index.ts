/**
 * Loom: one `generate()` for every AI vendor and modality, in a Node or Deno program.
 *
 * @module
 */

export type * from "./contract/index.ts";
export { Catalog, type CatalogOptions, type ModelFilter } from "./catalog/index.ts";
export type { ModelRegistration, OpenAICompatibleVendor } from "./catalog/index.ts";
export type { AccountStatus, LastError } from "./client/accounts/account.ts";
export type { AccountHealth } from "./client/accounts/health.ts";
export type {
  AccountCredentials,
  AccountOptions,
  AccountsOptions,
  AccountStrategy,
} from "./client/accounts/options.ts";
export type {
  BatchHandle,
  BatchModeOptions,
  BatchOptions,
  BatchOutcome,
  BatchPart,
  BatchPartReport,
  BatchReport,
  BatchRowOutcome,
  BatchRunOptions,
  BatchSubmitOptions,
  BatchWaitOptions,
} from "./client/batch.ts";
export type { CaptureLevel, CaptureOptions } from "./client/capture.ts";
export { generate, stream } from "./client/defaults.ts";
export type { CandidateExplanation, Explanation } from "./client/explain.ts";
export type { LimitHeadroom } from "./middleware/limit-levels.ts";
export { Loom, type RoutedRequest } from "./client/loom.ts";
export type { ContextCacheRequest, CountedTokens } from "./client/operations.ts";
export type { LoomOptions, PluginOr, ProviderOptions } from "./client/options.ts";
export type { GuardRule } from "./client/guard-options.ts";
export type { RoutingOptions } from "./client/routing-options.ts";
export { authorizationUrl, exchangeCode } from "./client/oauth/authorize.ts";
export { generatePkce, type Pkce } from "./client/oauth/pkce.ts";
export { refreshTokens } from "./client/oauth/refresh.ts";
export { type OAuthTokens, oauthTokens } from "./client/oauth/tokens.ts";
export type {
  OAuthAccount,
  OAuthClient,
  OAuthCredentials,
  OAuthServices,
  OAuthStore,
} from "./client/oauth/types.ts";
export type { OutputSchema, StandardSchema } from "./client/output.ts";
export type { GenerateRequest } from "./client/generate-request.ts";
export type { ResponseStream } from "./client/response-stream.ts";
export type { OutputOf, ResultOf } from "./client/result-of.ts";
export { Router, type RouterCandidate, type RouterOptions } from "./client/router.ts";
export { type ErrorDetails, LoomError } from "./errors/loom-error.ts";
export {
  AbortedError,
  AllFailedError,
  AuthError,
  BudgetError,
  ClosedError,
  ConfigError,
  ContentFilterError,
  ContextLengthError,
  DatasetError,
  FileError,
  GuardError,
  InternalError,
  InvalidRequestError,
  LimitError,
  ModelNotFoundError,
  OutputError,
  PluginError,
  ProviderError,
  RateLimitError,
  StreamBrokenError,
  TimeoutError,
  UnsupportedError,
} from "./errors/classes.ts";
