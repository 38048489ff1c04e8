/** The request as callers write it, checked by hand and turned into a `Call` before anything is spent. */

import type { Accept, Call, Candidate } from "../contract/call.ts";
import type { Message, Params, Tool, ToolChoice } from "../contract/message.ts";
import { modalities } from "../util/modalities.ts";
import { checkMessage } from "./check-message.ts";
import { invalidRequest as invalid } from "./invalid-request.ts";
import type { GenerateRequest } from "./generate-request.ts";
import { addInput, refuseMedia, stringList } from "./request-input.ts";
import { outputFormat } from "./output.ts";

const known: ReadonlySet<string> = new Set([
  "provider",
  "modality",
  "model",
  "prompt",
  "messages",
  "system",
  "input",
  "images",
  "audio",
  "tools",
  "toolChoice",
  "output",
  "params",
  "strict",
  "download",
  "useCache",
  "signal",
  "timeoutMs",
  "maxCostUsd",
  "tenant",
  "user",
  "team",
  "tags",
]);

/** What a router adds to a request. */
export interface Routing {
  readonly candidates: readonly [Candidate, ...Candidate[]];
  readonly accept?: Accept;
}

/**
 * Checks a request and makes the call.
 *
 * @throws LoomError `invalid-request`, naming the field and the fix
 */
export function toCall(request: GenerateRequest, stream: boolean, routing?: Routing): Call {
  if (typeof request !== "object" || request === null) {
    throw invalid("", "must be an object such as { provider, model, prompt }");
  }
  for (const field in request) {
    if (!known.has(field)) throw invalid(field, `is not a field of a request; ${hint(field)}`);
  }
  const modality = request.modality ?? "text";
  if (!modalities.includes(modality)) throw invalid("modality", `must be one of ${modalities.join(", ")}`);
  optional(request, "provider", "string");
  optional(request, "model", "string");
  optional(request, "prompt", "string");
  optional(request, "system", "string");
  optional(request, "useCache", "boolean");
  optional(request, "strict", "boolean");
  optional(request, "download", "boolean");
  optional(request, "tenant", "string");
  optional(request, "user", "string");
  optional(request, "team", "string");
  positive(request, "timeoutMs");
  positive(request, "maxCostUsd");
  checkSignal(request.signal);
  const params = checkedParams(request.params);
  const call: { -readonly [K in keyof Call]: Call[K] } = {
    modality,
    candidates: routing?.candidates ?? [candidate(request)],
    messages: modality === "text" ? conversation(request, params) : [],
    params: modality === "text" && "system" in params ? without(params, "system") : params,
    stream,
    useCache: request.useCache ?? true,
  };
  if (modality !== "text") addInput(call, request, modality);
  else refuseMedia(request);
  if (request.strict === true) call.strict = true;
  if (request.download === true) call.download = true;
  if (request.tools !== undefined) call.tools = checkedTools(request.tools);
  if (request.toolChoice !== undefined) call.toolChoice = checkedChoice(request.toolChoice, request.tools);
  if (request.output !== undefined) call.output = outputFormat(request.output);
  if (request.maxCostUsd !== undefined) call.maxCostUsd = request.maxCostUsd;
  if (request.tenant !== undefined) call.tenant = request.tenant;
  if (request.user !== undefined) call.user = request.user;
  if (request.team !== undefined) call.team = request.team;
  if (request.tags !== undefined) call.tags = stringList(request.tags, "tags");
  if (routing?.accept !== undefined) call.accept = routing.accept;
  return call;
}

function candidate({ provider, model }: GenerateRequest): Candidate {
  if (provider === undefined && model === undefined) {
    throw invalid("model", 'is missing; give provider and model, or model: "provider/model"');
  }
  return { ...(provider === undefined ? {} : { provider }), ...(model === undefined ? {} : { model }) };
}

/** The turns, with system text in front. Copies: what the caller does with its own turns later changes nothing. */
function conversation(request: GenerateRequest, params: Params): readonly Message[] {
  const { prompt, messages, input } = request;
  if (input !== undefined) {
    throw invalid("input", "is for embedding, rerank and moderation; text calls take prompt or messages");
  }
  if (prompt !== undefined && messages !== undefined) {
    throw invalid(
      "messages",
      "and prompt were both given; put the prompt into messages as the last user turn",
    );
  }
  const system = request.system ?? params["system"];
  if (system !== undefined && typeof system !== "string") throw invalid("params.system", "must be a string");
  const first: Message[] = system === undefined ? [] : [{ role: "system", content: system }];
  if (prompt !== undefined) return [...first, { role: "user", content: prompt }];
  if (messages === undefined) throw invalid("prompt", "is missing; give prompt or messages");
  if (!Array.isArray(messages) || messages.length === 0) {
    throw invalid("messages", "must be a list with at least one turn");
  }
  messages.forEach(checkMessage);
  return [...first, ...messages.map((message) => ({ ...message }))];
}

function checkedParams(params: unknown): Params {
  if (params === undefined) return noParams;
  if (typeof params !== "object" || params === null || Array.isArray(params)) {
    throw invalid("params", "must be an object of vendor params, such as { temperature: 0.2 }");
  }
  return { ...params as Params };
}

/** One object for all calls without params, so that a plan made for one serves the next. */
export const noParams: Params = Object.freeze({});

function without(params: Params, name: string): Params {
  const { [name]: _, ...rest } = params;
  return rest;
}

function checkedTools(tools: unknown): readonly Tool[] {
  if (!Array.isArray(tools)) throw invalid("tools", "must be a list of { name, description, parameters }");
  const names = new Set<string>();
  tools.forEach((tool: Tool, index) => {
    if (typeof tool?.name !== "string" || tool.name === "") {
      throw invalid(`tools[${index}].name`, "is missing");
    }
    if (names.has(tool.name)) throw invalid(`tools[${index}].name`, `"${tool.name}" is there twice`);
    names.add(tool.name);
    if (tool.parameters !== undefined && (typeof tool.parameters !== "object" || tool.parameters === null)) {
      throw invalid(`tools[${index}].parameters`, "must be the JSON Schema of the arguments");
    }
  });
  return tools;
}

function checkedChoice(choice: unknown, tools: readonly Tool[] | undefined): ToolChoice {
  if (choice === "auto" || choice === "none" || choice === "required") return choice;
  const tool = (choice as { tool?: unknown } | null)?.tool;
  if (typeof tool !== "string") {
    throw invalid("toolChoice", 'must be "auto", "none", "required" or { tool: name }');
  }
  if (!tools?.some(({ name }) => name === tool)) {
    throw invalid("toolChoice.tool", `"${tool}" is not one of tools`);
  }
  return { tool };
}

function optional(request: GenerateRequest, field: keyof GenerateRequest, type: "string" | "boolean"): void {
  const value = request[field];
  if (value === undefined) return;
  const fits = type === "string" ? typeof value === "string" : typeof value === "boolean";
  if (!fits) throw invalid(field, `must be a ${type}`);
  if (value === "" && field !== "prompt" && field !== "system") throw invalid(field, "is empty");
}

function positive(request: GenerateRequest, field: "timeoutMs" | "maxCostUsd"): void {
  const value = request[field];
  if (value !== undefined && !(typeof value === "number" && value > 0)) {
    throw invalid(field, "must be a number above 0");
  }
  // What timers take for 1 ms.
  if (field === "timeoutMs" && value !== undefined && value >= 2 ** 31) {
    throw invalid(field, "must be below 2^31 milliseconds, which is 24 days; leave it out for the default");
  }
}

function checkSignal(signal: unknown): void {
  if (signal !== undefined && typeof (signal as AbortSignal | null)?.addEventListener !== "function") {
    throw invalid("signal", "must be an AbortSignal");
  }
}

/** Names that people bring from elsewhere. */
function hint(field: string): string {
  const elsewhere: Record<string, string> = {
    stream: "call stream() instead of generate()",
    temperature: "put it into params",
    max_tokens: "put it into params",
    maxTokens: "put it into params as max_tokens",
    schema: "it is called output",
    use_cache: "it is called useCache",
    abortSignal: "it is called signal",
    response_format: "use output, or put it into params",
  };
  return elsewhere[field] ?? `fields are ${[...known].join(", ")}; vendor params go into params`;
}
