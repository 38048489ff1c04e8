/** Sends a request that came in this format on as it is, where the vendor speaks it without peculiarities. */

import {
  type Attempting,
  type Body,
  type Call,
  forwardable,
  forwardedText,
  type Json,
  type Manifest,
  type ModelParams,
  type NativeRequest,
  type Notice,
  type Params,
  type ParamWriter,
  type WireRequest,
} from "../../../src/plugin.ts";

export const dialectId = "openai-chat";

/** The request that came in this format, changed since or not. */
export function nativeOf(call: Call): NativeRequest | undefined {
  return call.native?.dialect === dialectId ? call.native : undefined;
}

/** Puts what Loom has no word for beside what it has encoded, as this vendor takes it. */
export function addUnknown(
  native: NativeRequest | undefined,
  body: Body,
  writeParams: ParamWriter,
  notices: Notice[],
): void {
  if (native === undefined || native.unknown.length === 0) return;
  const fields = native.unknown.filter((name) => body[name] === undefined).map((
    name,
  ) => [name, native.body[name]]);
  writeParams(Object.fromEntries(fields) as Params, body, notices);
}

/** Whether Loom alone asked that the vendor counts the tokens of a stream. */
export function countsUnasked({ call }: Attempting): boolean {
  const native = nativeOf(call);
  if (native === undefined) return false;
  const options = native.body["stream_options"] as { readonly include_usage?: unknown } | null | undefined;
  return options?.include_usage !== true;
}

/** Gives the request; `undefined`: it must be encoded, because this vendor wants something of it said otherwise. */
export type Forwarder = (ctx: Attempting) => WireRequest | undefined;

/** Compiles the manifest: which of its words are about requests, and so stand in the way. */
export function forwarder(manifest: Manifest, paramsOf: ModelParams): Forwarder {
  const { params = {}, roles, tools, documents, reasoning, structuredOutput, usage, paths } = manifest;
  const peculiar = roles !== undefined || tools !== undefined || documents !== undefined ||
    params.default !== undefined;
  const touched = [
    ...Object.keys(params.rename ?? {}),
    ...params.drop ?? [],
    ...Object.keys(params.clamp ?? {}),
    ...reasoning?.effort === undefined ? [] : ["reasoning_effort"],
    ...structuredOutput === undefined ? [] : ["response_format"],
  ];
  const sendsThinking = reasoning?.request !== undefined;
  const chatPath = paths?.chat ?? "/chat/completions";
  const embeddingsPath = paths?.embeddings ?? "/embeddings";
  const asksForUsage = usage?.stream !== "always";

  return (ctx) => {
    const { call, target } = ctx;
    if (peculiar || nativeOf(call) === undefined || !forwardable(call)) return undefined;
    const { native } = call;
    // Catalog defaults, and what this model refuses, are not in the request that came.
    if (target.params !== call.params || paramsOf(target, []) !== target.params) return undefined;
    for (const name of touched) if (native.body[name] !== undefined) return undefined;
    if (sendsThinking && call.messages.some(hasThinking)) return undefined;
    const added = call.stream && asksForUsage ? usageWish(native.body["stream_options"]) : undefined;
    if (added === false) return undefined;
    return {
      method: "POST",
      path: target.modality === "embedding" ? embeddingsPath : chatPath,
      body: forwardedText(native, target.upstreamModel, added),
      stream: call.stream,
      verbatim: dialectId,
    };
  };
}

/** What must be added for the vendor to count; `false`: it cannot be added without a change. */
function usageWish(options: Json | undefined): Readonly<Record<string, Json>> | false | undefined {
  if (options === undefined) return { stream_options: { include_usage: true } };
  const asked = options !== null && typeof options === "object" && "include_usage" in options &&
    options.include_usage === true;
  return asked ? undefined : false;
}

function hasThinking({ content }: Call["messages"][number]): boolean {
  return typeof content !== "string" && content.some(({ type }) => type === "reasoning");
}
