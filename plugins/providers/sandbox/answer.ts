/** Makes the parts of a text answer: words, tool calls or JSON, the same for the same call. */

import {
  type Attempting,
  type Call,
  canonicalText,
  type Json,
  loomError,
  type Message,
  type Part,
  type Tool,
  type Usage,
} from "../../../src/plugin.ts";
import { hash } from "./hash.ts";
import type { Params } from "./params.ts";
import { minimalValue } from "./schema.ts";
import type { Tokenizer } from "./tokens.ts";

/** All parts in the order in which they stream: one per word, tool calls with their pieces. */
export function answerParts(ctx: Attempting, params: Params, tokenizer: Tokenizer): readonly Part[] {
  const { call, target } = ctx;
  const seed = hash(canonicalText([call.messages, call.prompt ?? null, target.upstreamModel]));
  const id = seed.toString(16).padStart(8, "0");
  const response: Part = { type: "response", id: `sandbox-${id}`, model: target.upstreamModel };
  const input = tokenizer.count(inputText(call));
  const tool = toolToCall(call, params);
  if (tool !== undefined) {
    const { name, text } = tool;
    const callId = `call_${id}`;
    const usage = usageOf(input, tokenizer.count(name + text), params);
    return [
      response,
      { type: "tool-call-start", index: 0, id: callId, name },
      ...pieces(text).map((piece): Part => ({ type: "tool-call-delta", index: 0, text: piece })),
      { type: "tool-call", index: 0, id: callId, name, arguments: text },
      { type: "usage", usage },
      { type: "finish", reason: "tool-calls" },
    ];
  }
  const whole = params.text ??
    (call.output ? JSON.stringify(shaped(call.output.schema, "output")) : prose(call, seed));
  const { text, clipped } = tokenizer.clip(whole, params.maxTokens ?? Infinity);
  const usage = usageOf(input, tokenizer.count(text), params);
  return [
    response,
    ...pieces(text).map((piece): Part => ({ type: "text", text: piece })),
    { type: "usage", usage },
    { type: "finish", reason: clipped ? "length" : "stop" },
  ];
}

export function usageOf(input: number, outputTokens: number, params: Params): Usage {
  const inputTokens = Math.max(1, input);
  return {
    inputTokens,
    outputTokens,
    cachedTokens: Math.min(params.cachedTokens, inputTokens),
    cacheWriteTokens: 0,
    reasoningTokens: 0,
    totalTokens: inputTokens + outputTokens,
  };
}

/** The tool that this answer calls, with its arguments as JSON text. */
function toolToCall(
  call: Call,
  params: Params,
): { readonly name: string; readonly text: string } | undefined {
  const { toolChoice = "auto", tools = [] } = call;
  if (params.toolCall !== undefined && toolChoice !== "none" && call.messages.at(-1)?.role !== "tool") {
    const { name, arguments: given } = params.toolCall;
    return { name, text: typeof given === "string" ? given : JSON.stringify(given) };
  }
  if (toolChoice === "auto" || toolChoice === "none") return undefined;
  const tool = toolChoice === "required" ? tools[0] : tools.find(({ name }) => name === toolChoice.tool);
  if (tool === undefined) {
    const problem = toolChoice === "required"
      ? "there are no tools"
      : `there is no tool "${toolChoice.tool}"`;
    throw loomError("invalid-request", `toolChoice: wants a tool call, but ${problem}`, {
      path: "toolChoice",
    });
  }
  return { name: tool.name, text: JSON.stringify(argumentsOf(tool)) };
}

function argumentsOf(tool: Tool): Json {
  return tool.parameters === undefined ? {} : shaped(tool.parameters, `tools.${tool.name}.parameters`);
}

function shaped(schema: Parameters<typeof minimalValue>[0], path: string): Json {
  try {
    return minimalValue(schema);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw loomError("invalid-request", `${path}: ${problem}`, { path }, { cause: error });
  }
}

const openings = [
  "This is Loom's sandbox, not a model: nothing here was thought, and nothing left this machine.",
  "You are talking to Loom's sandbox. It is not a model; it only shapes your own words into an answer.",
  "No model is behind this answer: it comes from Loom's sandbox, without a key and without a network.",
];

const closings = [
  "The same call always gets the same answer here.",
  "Name a provider and a model to hear what one would say.",
  "Everything around it is real: the chain, the tokens counted, the receipt.",
  "Set params.sandbox to make it slow, call tools, or fail.",
];

/** A few sentences around the last thing that was said. */
function prose(call: Call, seed: number): string {
  const last = call.messages.findLast(({ role }) => role === "user" || role === "tool");
  const said = (last === undefined ? call.prompt ?? "" : textOf(last)).replace(/\s+/g, " ").trim();
  const quoted = said.length > 160 ? `${said.slice(0, 160).trimEnd()}…` : said;
  const words = said === "" ? 0 : said.split(" ").length;
  const speaker = last?.role === "tool" ? "The tool answered" : "You said";
  const middle = words === 0
    ? "You said nothing in words."
    : `${speaker}: “${quoted}” (${words} word${words === 1 ? "" : "s"}).`;
  return [openings[seed % openings.length], middle, closings[(seed >>> 8) % closings.length]].join(" ");
}

/** Everything that a vendor would count as input and that is text. */
function inputText(call: Call): string {
  const tools = call.tools === undefined ? "" : JSON.stringify(call.tools);
  return [...call.messages.map(textOf), call.prompt ?? "", tools].filter((text) => text !== "").join("\n");
}

function textOf({ content }: Message): string {
  if (typeof content === "string") return content;
  return content.map((part) => {
    if (part.type === "text" || part.type === "reasoning") return part.text;
    return part.type === "tool-call" ? part.name + part.arguments : "";
  }).filter((text) => text !== "").join("\n");
}

/** Splits after each run of spaces, so that the pieces joined are the text. */
function pieces(text: string): readonly string[] {
  return text.match(/\S+\s*|\s+/g) ?? [];
}
