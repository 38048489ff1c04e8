/** The texts of a call that guards look at: every turn, prompt, document, and the few params that are texts themselves. */

import type { Call } from "../contract/call.ts";
import type { GuardedText } from "../contract/guard.ts";
import type { Json } from "../contract/json.ts";
import type { ContentPart, Message, Params } from "../contract/message.ts";
import type { Plan, Target } from "../contract/target.ts";

/** A text with its place. `json`: it is JSON text, whose strings are escaped. */
export interface CallText extends GuardedText {
  readonly json: boolean;
}

export type MapText = (given: CallText) => string;

/** The call with its texts replaced; the same call where none changed. Texts come in the order of the conversation. */
export function mapCall(call: Call, map: MapText): Call {
  const messages = mapList(call.messages, (message) => mapMessage(message, map));
  const prompt = call.prompt === undefined ? undefined : mapped(call.prompt, "user", map);
  const input = call.input === undefined
    ? undefined
    : mapList(call.input, (text) => mapped(text, "user", map));
  if (messages === call.messages && prompt === call.prompt && input === call.input) return call;
  return {
    ...call,
    messages,
    ...(prompt !== undefined && { prompt }),
    ...(input !== undefined && { input }),
  };
}

/** The same for the params that targets are asked with. */
export function mapPlan(plan: Plan, map: MapText): Plan {
  const targets = mapList(plan.targets, (target) => {
    const params = mapParams(target.params, map);
    return params === target.params ? target : { ...target, params };
  });
  if (targets === plan.targets) return plan;
  return { ...plan, targets: targets as readonly [Target, ...Target[]] };
}

/** Params that hold texts for the model. Others are names, numbers and ids, which a guard would only mistake. */
const textParams: Readonly<Record<string, GuardedText["role"]>> = {
  system: "system",
  instructions: "system",
  prediction: "assistant",
  suffix: "user",
  negative_prompt: "user",
  documents: "tool",
};

export function mapParams(params: Params, map: MapText): Params {
  let changed: Record<string, Json | undefined> | undefined;
  for (const name in textParams) {
    const value = params[name];
    if (value === undefined) continue;
    const next = mapJson(value, (text) => mapped(text, textParams[name] ?? "user", map));
    if (next !== value) (changed ??= { ...params })[name] = next;
  }
  return changed ?? params;
}

function mapJson(value: Json, map: (text: string) => string): Json {
  if (typeof value === "string") return map(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return mapList(value as readonly Json[], (one) => mapJson(one, map)) as Json;
  let changed: Record<string, Json> | undefined;
  for (const [name, one] of Object.entries(value)) {
    if (one === undefined || name === "type") continue;
    const next = mapJson(one, map);
    if (next !== one) (changed ??= { ...value } as Record<string, Json>)[name] = next;
  }
  return changed ?? value;
}

function mapMessage(message: Message, map: MapText): Message {
  const { content, role } = message;
  const next = typeof content === "string"
    ? mapped(content, role, map)
    : mapList(content, (part) => mapPart(part, role, map));
  return next === content ? message : { ...message, content: next };
}

function mapPart(part: ContentPart, role: GuardedText["role"], map: MapText): ContentPart {
  if (part.type === "text" || part.type === "reasoning") {
    const text = mapped(part.text, role, map);
    return text === part.text ? part : { ...part, text };
  }
  if (part.type !== "tool-call" || part.arguments === "") return part;
  const given = map({ role, text: part.arguments, json: true });
  return given === part.arguments ? part : { ...part, arguments: given };
}

function mapped(text: string, role: GuardedText["role"], map: MapText): string {
  return text === "" ? text : map({ role, text, json: false });
}

function mapList<T>(list: readonly T[], map: (one: T) => T): readonly T[] {
  let changed: T[] | undefined;
  for (let index = 0; index < list.length; index++) {
    const one = list[index] as T;
    const next = map(one);
    if (next !== one) (changed ??= [...list])[index] = next;
  }
  return changed ?? list;
}
