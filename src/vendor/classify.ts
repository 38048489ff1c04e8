/** Decides which of Loom's codes a vendor's complaint is: by status, then by code and type, then by telling phrases. */

import type { ErrorCode } from "../contract/error-code.ts";
import type { Recovery } from "../contract/errors.ts";
import type { Manifest } from "../contract/manifest.ts";
import type { Fault } from "./fault.ts";
import { hintMs } from "./retry-after.ts";

/** Codes that carry no data of their own, and so can be made from a vendor's words. */
export type FaultCode = Exclude<
  ErrorCode,
  | "config-invalid"
  | "plugin-invalid"
  | "unsupported"
  | "key-missing"
  | "budget-exceeded"
  | "limit-exceeded"
  | "guard-blocked"
  | "timed-out"
  | "stream-broken"
  | "all-failed"
  | "output-invalid"
>;

export interface Verdict {
  readonly code: FaultCode;
  /** Where the table's own recovery would mislead. */
  readonly recovery?: Recovery;
}

/** `status`: of the answer, or the one its body names; `undefined` inside a 200 that names none. */
export type Classifier = (status: number | undefined, fault: Fault) => Verdict;

export function classifier(manifest: Manifest): Classifier {
  const own = new Map(Object.entries(manifest.errors?.codes ?? {}) as [string, FaultCode][]);
  return (status, fault) => {
    const named = own.get(fault.code ?? "") ?? own.get(fault.type ?? "");
    if (named !== undefined) return { code: named };
    const meant = manifest.errors?.statuses?.[String(status)];
    if (meant !== undefined) return { code: meant as FaultCode };
    return judge(status, fault);
  };
}

function judge(status: number | undefined, fault: Fault): Verdict {
  const { words } = fault;
  const refusal = status === undefined || (status >= 400 && status < 500);
  if (refusal && (status !== 401 || fault.type === "insufficient_quota") && isQuota(fault)) {
    return { code: "quota-exhausted" };
  }
  if (status === 402) return { code: "quota-exhausted" };
  if (status === 401 || (refusal && status !== 429 && badKey.test(words))) return { code: "auth-rejected" };
  if (status === 429) return tooMany(words);
  if (refusal && notYours.test(words)) return { code: "permission-denied" };
  if (tooLongStatus(status) && isTooLong(fault)) return { code: "context-too-long" };
  if (refusal && filtered.test(words)) return { code: "content-filtered" };
  if (refusal && noModel.test(words)) return { code: "model-not-found" };
  if (status === undefined) return byWord(words);
  // What is missing is something the request points at: OpenAI says 404 of items and responses that it does not keep.
  if (status === 404 && inRequest.test(fault.param ?? "")) return { code: "invalid-request" };
  return byStatus(status, words);
}

function byStatus(status: number, words: string): Verdict {
  switch (status) {
    case 403:
    case 451:
      return { code: "permission-denied" };
    case 404:
    case 410:
      return { code: "model-not-found" };
    case 408:
    case 409:
    case 424:
    case 425:
    case 499:
      return { code: "provider-failed", recovery: "same-target" };
    case 413:
      return perMinute.test(words)
        ? { code: "rate-limited", recovery: "next-target" }
        : { code: "invalid-request", recovery: "next-target" };
    case 498: // Groq's flex tier without capacity.
    case 503:
    case 529:
      return { code: "overloaded" };
  }
  if (status >= 500) return { code: overloaded.test(words) ? "overloaded" : "provider-failed" };
  if (status >= 400) return { code: "invalid-request" };
  return { code: "invalid-reply" };
}

/** Errors inside a 200 say by a word what a status would have said. */
function byWord(words: string): Verdict {
  if (overloaded.test(words)) return { code: "overloaded" };
  if (/rate.?limit|too many requests|throttl/.test(words)) return tooMany(words);
  if (/permission|forbidden|access.?denied/.test(words)) return { code: "permission-denied" };
  if (/invalid_request|invalid.?param|bad.?request|validation/.test(words)) {
    return { code: "invalid-request" };
  }
  return { code: "provider-failed" };
}

function tooMany(words: string): Verdict {
  if (/engine_overloaded|overloaded|at capacity|no capacity/.test(words)) return { code: "overloaded" };
  // One request alone is above the limit: no wait makes it fit.
  if (/request too large/.test(words)) return { code: "rate-limited", recovery: "next-target" };
  return { code: "rate-limited" };
}

const quota = new RegExp(
  "insufficient_quota|billing_hard_limit|billing hard limit|billing_not_active|billing is not active|payment.?required|" +
    "exceeded_current_quota|exceeded your current quota|check your plan and billing|insufficient.?(account.?)?balance|" +
    "insufficient.{0,10}(credit|fund)|(not enough|out of|no|add more) credits|credit balance is too low|arrearage|" +
    "prepayment credits|billing_disabled|requires billing|enable billing|" +
    "doesn't have any credits|credit.balance.exhausted|freetieronly|free tier of the model has been exhausted|out of call volume quota|" +
    "^key limit exceeded|pay (the |your )?invoice|exceeded your monthly included credits|cloud credits expired|" +
    "in arrears|account.?overdue|overdue.?payment|spend.?(ing)?.?limit|reached your (specified )?api usage limits|余额不足|欠费|账户已欠费",
);

/** What a plan allows within hours or a month: the account is out until then, whatever wait is named beside. */
const planLimit =
  /\b5-hour\b|rolling.window|usage limit for your plan|subscription usage limit|usage_limit_reached|hour allocated quota exceeded/;

function isQuota(fault: Fault): boolean {
  if (planLimit.test(fault.words)) return true;
  // Google names the quota that was hit; a day's is not filled again soon, whatever wait it names beside.
  if (/requestsperday|tokensperday|perdayper/.test(fault.words)) return true;
  if (/requestsperminute|tokensperminute|tokencountperminute|perminuteper/.test(fault.words)) return false;
  if (!quota.test(fault.words)) return false;
  // Google words a limit per minute like an empty account, but then says how soon to come back.
  const comesBack = fault.wait !== undefined || hintMs(fault.words) !== undefined;
  return !comesBack || fault.words.includes("insufficient_quota");
}

const badKey = new RegExp(
  "invalid_api_key|incorrect api key|api.?key not found|api_key_service_blocked|invalid api.?key|" +
    "api.?key (is )?(invalid|not valid|expired)|api_key_invalid|" +
    "invalidapikey|authentication_error|invalid_authentication|authenticationerror|unauthenticated|" +
    "allow unregistered callers|key was reported as leaked",
);

/** Said with 400: Google is not there for a country; Groq, OpenAI and Anthropic have shut out an account, or wait for its consent. */
const notYours = new RegExp(
  "user location is not supported|is not available in your country|organization_restricted|model_terms_required|" +
    "organization must be verified to stream|organization has been disabled",
);

const tooLong = new RegExp(
  "context_length_exceeded|context_window_exceeded|exceed_context_size|context_length|token_limit_exceeded|" +
    "maximum prompt length|max(imum)?.{0,20} context (length|window|size)|context (length|window|size) (is|of|was|limit|exceed)|" +
    "(exceed|exceeds|exceeded|larger than|longer than|beyond|fit).{0,60} context (length|window|size|limit)|" +
    "(prompt|input|request|messages?|conversation).{0,20} (is|are) too (long|large)|prompt exceeds max length|" +
    "too many (input |prompt )?tokens|reduce the length of|range of input length should be|" +
    "exceeds? the (model'?s )?(maximum|max|available).{0,40}(tokens|context)|" +
    "input (tokens?|length|token count).{0,40} exceeds?|max_model_len|prompt_too_long|prompt is too long|" +
    "token length too long|tokens_limit_reached|exceeded model token limit|maximum input length is|max_tokens_per_request|" +
    "token count is \\d+ but model only supports|`?inputs`? (tokens \\+ `?max_new_tokens`? must be|must have less than)",
);

/** Words that look like a full context and are not: the length of one field, the limit per minute. */
const notTooLong = /completion tokens|max_tokens.{0,20}(too large|must be)|per (minute|min|day)|\btpm\b/;

/** Params that name what an earlier call left at the vendor. */
const inRequest = /^(input|messages|previous_response_id|conversation|file)\b/;

const perMinute = /per (minute|min|day)|\btpm\b/;

function tooLongStatus(status: number | undefined): boolean {
  return status === undefined || status === 400 || status === 413 || status === 422 || status === 500;
}

function isTooLong({ code, param, words }: Fault): boolean {
  if (code === "context_length_exceeded") return true;
  if (code === "string_above_max_length") return /^(messages|input|prompt)/.test(param ?? "");
  return tooLong.test(words) && !notTooLong.test(words);
}

const filtered = new RegExp(
  "content_filter|content filtering policy|content_policy|content policy|content management policy|responsibleaipolicyviolation|" +
    "datainspectionfailed|data_inspection_failed|content_moderation|moderation_blocked|safety system|" +
    "content exists risk|inappropriate content|sensitivecontent|sensitive content|violat\\w* .{0,40}(policy|policies|guidelines)|" +
    "(input|prompt|content|request) (was |were |has been |is )?flagged|new_sensitive|cyber_policy|敏感",
);

const noModel = new RegExp(
  "model_not_found|model.?not.?exist|modelnotfound|invalid_model|model_decommissioned|deploymentnotfound|" +
    "invalidendpointormodel|modelnotopen|resource_not_found|" +
    "model[\\s:'\"`]+\\S{0,100}[^.]{0,40}?(not found|does not exist|doesn't exist|has been (deprecated|decommissioned|retired|removed)|" +
    "is not a valid|not recognized|is unknown)|(unknown|invalid|no such|unsupported) model\\b|not a valid model|" +
    "try pulling it first|unavailable_model|model_not_supported|not a chat model|模型不存在",
);

const overloaded =
  /overloaded|at capacity|no capacity|capacity_exceeded|server.?busy|no available (provider|instance)/;
