/** Who Tencent is, twice: as a vendor of OpenAI's format, and as a cloud with services of its own. */

import type { ErrorCode, Manifest } from "../../../src/plugin.ts";

export const chatKey: readonly string[] = ["HUNYUAN_API_KEY"];

export const chatManifest: Manifest = {
  id: "hunyuan",
  label: "Tencent Hunyuan",
  dialect: "openai-chat",
  baseUrl: "https://api.hunyuan.cloud.tencent.com/v1",
  auth: { type: "bearer", env: chatKey },
  params: { rename: { max_completion_tokens: "max_tokens" } },
  reasoning: { reply: "reasoning_content" },
  structuredOutput: "none",
  finish: { sensitive: "content-filter" },
  capabilities: { text: true, embedding: true, tools: true, images: true, files: false, audio: false },
  sources: ["https://cloud.tencent.com/document/product/1729/111007"],
};

/** What Tencent's codes begin with, and what that means. The longest beginning counts. */
export const codes: Readonly<Record<string, ErrorCode>> = {
  "AuthFailure": "auth-rejected",
  "AuthFailure.UnauthorizedOperation": "permission-denied",
  "UnauthorizedOperation": "permission-denied",
  "OperationDenied": "permission-denied",
  "OperationDenied.TextIllegalDetected": "content-filtered",
  "OperationDenied.ImageIllegalDetected": "content-filtered",
  "InvalidParameter": "invalid-request",
  "InvalidParameterValue": "invalid-request",
  "MissingParameter": "invalid-request",
  "UnknownParameter": "invalid-request",
  "RequestLimitExceeded": "rate-limited",
  "LimitExceeded": "rate-limited",
  "ResourceInsufficient": "quota-exhausted",
  "ResourceUnavailable": "provider-failed",
  "ResourceUnavailable.InArrears": "quota-exhausted",
  "ResourceUnavailable.LowBalance": "quota-exhausted",
  "ResourceUnavailable.NotExist": "permission-denied",
  "FailedOperation": "provider-failed",
  "FailedOperation.EngineServerLimitExceeded": "overloaded",
  "InternalError": "overloaded",
};

export const jobManifest: Manifest = {
  id: "hunyuan",
  label: "Tencent Hunyuan",
  dialect: "hunyuan-jobs",
  baseUrl: "https://hunyuan.tencentcloudapi.com",
  hosts: ["aiart.tencentcloudapi.com", "vclm.tencentcloudapi.com"],
  // Requests are signed.
  auth: { type: "none" },
  errors: { codes },
  sources: [
    "https://cloud.tencent.com/document/api/1729/105969",
    "https://cloud.tencent.com/document/product/1668/124632",
    "https://cloud.tencent.com/document/api/1616/126160",
  ],
};
