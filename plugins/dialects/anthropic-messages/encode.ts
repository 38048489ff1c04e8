/** Encodes a call into a request of the Messages API. */

import {
  type Attempting,
  type Body,
  forwardable,
  forwardedText,
  type Json,
  type JsonObject,
  loomError,
  type Manifest,
  type NativeRequest,
  type Notice,
  type ParamWriter,
  paramWriter,
  type WireRequest,
} from "../../../src/plugin.ts";
import { limitMarks, markSystem } from "./cache-marks.ts";
import { continuesWithoutThinking, encodeTurns, messageOf, plainText } from "./encode-turns.ts";
import { writeTools } from "./encode-tools.ts";
import { type Encoding, invalid, notice } from "./place.ts";
import { limitSampling } from "./sampling.ts";
import { writeOutput } from "./structured-output.ts";
import { writeThinking } from "./thinking.ts";

/** Written by the dialect itself; the last row is portable and has no counterpart of its own. */
const own: ReadonlySet<string> = new Set([
  ..."model messages system stream cache_system anthropic_beta reasoning_effort parallel_tool_calls user"
    .split(" "),
  ..."seed presence_penalty frequency_penalty n".split(" "),
]);
const rename = { stop: "stop_sequences", max_completion_tokens: "max_tokens" };

/** Compiles the manifest into an encoder. */
export function encoder(manifest: Manifest): (ctx: Attempting) => WireRequest {
  const writeParams = paramWriter(manifest, { own, rename });
  const path = messagesPath(manifest);
  const isPlain = manifest.params === undefined;
  return (ctx) => {
    const { call, target } = ctx;
    const { stream } = call;
    const native = call.native?.dialect === dialectId ? call.native : undefined;
    const notices: Notice[] = [];
    const at: Encoding = { ctx, manifest, notices };
    if (native !== undefined && isPlain && target.params === call.params && forwardable(call)) {
      return request(path, forwardedText(native, target.upstreamModel), stream, at, native);
    }
    const body = messagesBody(at, writeParams);
    if (stream) body["stream"] = true;
    for (const name of native?.unknown ?? []) body[name] ??= native?.body[name];
    return request(path, JSON.stringify(body), stream, at, native);
  };
}

const dialectId = "anthropic-messages";

export function messagesPath({ paths }: Manifest): string {
  return paths?.chat ?? "/v1/messages";
}

/** What counting tokens takes of a request for an answer. */
const counted: ReadonlySet<string> = new Set([
  ..."model messages system tools tool_choice thinking output_config cache_control speed mcp_servers".split(
    " ",
  ),
  "context_management",
]);

/** Compiles the manifest into an encoder of the question how long a call would be. */
export function countEncoder(manifest: Manifest): (ctx: Attempting) => WireRequest {
  const writeParams = paramWriter(manifest, { own, rename });
  const path = `${messagesPath(manifest)}/count_tokens`;
  return (ctx) => {
    const at: Encoding = { ctx, manifest, notices: [] };
    const body = messagesBody(at, writeParams);
    return request(
      path,
      JSON.stringify(Object.fromEntries(Object.entries(body).filter(([name]) => counted.has(name)))),
      false,
      at,
    );
  };
}

function request(
  path: string,
  body: string,
  stream: boolean,
  at: Encoding,
  native?: NativeRequest,
): WireRequest {
  const betas = [betasOf(at), native?.headers?.["anthropic-beta"] ?? ""].filter((names) => names !== "");
  const { notices } = at;
  return {
    method: "POST",
    path,
    ...(betas.length > 0 && { headers: { "anthropic-beta": betas.join(",") } }),
    body,
    stream,
    ...(native !== undefined && { verbatim: dialectId }),
    ...(notices.length > 0 && { warnings: notices }),
  };
}

function messagesBody(at: Encoding, writeParams: ParamWriter): Body {
  const { ctx: { call, target }, manifest, notices } = at;
  if (target.modality !== "text" || manifest.capabilities?.text === false) {
    throw loomError("unsupported", `${manifest.label} cannot do ${target.modality}`, {
      feature: target.modality,
    }, {
      provider: target.provider,
      model: target.model,
    });
  }
  const conversation = encodeTurns(call.messages, at);
  const { system, turns } = conversation;
  const body: Body = { model: target.upstreamModel };
  writeParams(target.params, body, notices);
  translate(body, at);
  writeThinking(body, continuesWithoutThinking(turns), at);
  limitSampling(body, at);
  writeOutput(body, system, at);
  writeTools(body, at);
  markSystem(system, at);
  limitMarks(body, conversation, at);
  if (system.length > 0) body["system"] = systemText(system);
  body["messages"] = turns.map(messageOf);
  return body;
}

/** Portable params whose form or place differs, and those that have none. */
function translate(body: Body, at: Encoding): void {
  const { params } = at.ctx.target;
  const stop = body["stop_sequences"];
  if (typeof stop === "string") body["stop_sequences"] = [stop];
  if (Array.isArray(body["stop_sequences"])) limitStops(body, at);
  if (typeof params["user"] === "string" && params["user"] !== "") {
    const metadata = (body["metadata"] ?? {}) as JsonObject;
    body["metadata"] = { user_id: params["user"], ...metadata } as Json;
  }
  for (const name of ["seed", "presence_penalty", "frequency_penalty", "n"]) {
    const value = params[name];
    if (
      value === undefined || value === null || (name === "n" ? value === 1 : name !== "seed" && value === 0)
    ) continue;
    notice(at, "param-dropped", `${at.manifest.label} does not take \`${name}\`; it was left out`);
  }
}

/** White space alone is refused as a stop sequence. */
function limitStops(body: Body, at: Encoding): void {
  const stops = body["stop_sequences"] as readonly Json[];
  const usable = stops.filter((stop) => typeof stop === "string" && stop.trim() !== "");
  if (usable.length === stops.length) return;
  notice(
    at,
    "param-dropped",
    `${at.manifest.label} does not stop at white space; such \`stop\` texts were left out`,
  );
  if (usable.length > 0) body["stop_sequences"] = usable;
  else delete body["stop_sequences"];
}

/** Plain texts become one; a list only where a block carries more. */
function systemText(blocks: readonly JsonObject[]): Json {
  const texts = blocks.map((block) => plainText([block]));
  return texts.every((text) => text !== undefined) ? texts.join("\n\n") : [...blocks];
}

/** The param `anthropic_beta`, a text or a list, as the header's value. */
function betasOf(at: Encoding): string {
  const asked = at.ctx.target.params["anthropic_beta"];
  if (asked === undefined || asked === null) return "";
  const names = (Array.isArray(asked) ? asked : [asked]) as readonly unknown[];
  const valid = names.every((name) =>
    typeof name === "string" && /^[\x21-\x7e]+( *, *[\x21-\x7e]+)*$/.test(name)
  );
  if (valid) return [...new Set(names)].join(",");
  throw invalid(at, "params.anthropic_beta", "must be the name of a beta, or a list of names");
}
