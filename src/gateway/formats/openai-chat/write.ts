/** Writes a whole chat completion. */

import type { FinishReason, Part, ToolCallPart, Usage } from "../../../contract/index.ts";
import type { AnswerFacts } from "../../format.ts";
import { annotationOf, callOf, imageOf, usageFields } from "./pieces.ts";
import { customTools, isOlderForm } from "./read-tools.ts";
import {
  type Annotation,
  type ChatCompletion,
  finishWord,
  type ImagePart,
  type Logprobs,
  logprobsIn,
  type MessageFields,
} from "./shapes.ts";

/** How long OpenAI keeps a sound that it made. */
const audioLifetimeS = 3600;

/** One alternative while it is put together. */
interface Alternative {
  text: string;
  reasoning: string;
  refusal: string;
  readonly calls: ToolCallPart[];
  readonly annotations: Annotation[];
  readonly images: ImagePart[];
  audioB64: string;
  logprobs: Logprobs | null;
  finish: FinishReason | undefined;
}

export function writeChat(parts: readonly Part[], facts: AnswerFacts): ChatCompletion {
  const alternatives = new Map<number, Alternative>();
  const at = (choice = 0): Alternative => {
    const found = alternatives.get(choice);
    if (found !== undefined) return found;
    const made = emptyAlternative();
    alternatives.set(choice, made);
    return made;
  };
  let { id, model } = { id: `chatcmpl-${facts.callId}`, model: facts.model };
  let usage: Usage | undefined;
  for (const part of parts) {
    if (part.type === "response") {
      id = part.id ?? id;
      model = part.model ?? model;
    } else if (part.type === "usage") usage = part.usage;
    else if (part.type === "raw") {
      for (const [choice, logprobs] of logprobsIn(part.value)) addLogprobs(at(choice), logprobs);
    } else add(part, at);
  }
  usage ??= facts.usage;
  if (alternatives.size === 0) at();
  return {
    id,
    object: "chat.completion",
    created: facts.createdAtS,
    model,
    choices: [...alternatives].sort(([one], [other]) => one - other).map(([index, alternative]) => ({
      index,
      message: messageOf(alternative, facts),
      logprobs: alternative.logprobs,
      finish_reason: finishWord(alternative.finish, alternative.calls.length > 0, isOlderForm(facts.body)),
    })),
    ...(usage !== undefined && { usage: usageFields(usage) }),
  };
}

function emptyAlternative(): Alternative {
  return {
    text: "",
    reasoning: "",
    refusal: "",
    calls: [],
    annotations: [],
    images: [],
    audioB64: "",
    logprobs: null,
    finish: undefined,
  };
}

function add(part: Part, at: (choice?: number) => Alternative): void {
  switch (part.type) {
    case "text":
    case "reasoning":
    case "refusal":
      at(part.choice)[part.type] += part.text;
      return;
    case "tool-call":
      at(part.choice).calls.push(part);
      return;
    case "citation": {
      const annotation = annotationOf(part.citation);
      if (annotation !== undefined) at(part.choice).annotations.push(annotation);
      return;
    }
    case "image": {
      const { images } = at();
      const image = imageOf(part, images.length);
      if (image !== undefined) images.push(image);
      return;
    }
    case "audio":
      at().audioB64 += part.dataB64 ?? "";
      return;
    case "finish":
      at(part.choice).finish ??= part.reason;
  }
}

/** Those of a stream come piece by piece. */
function addLogprobs(alternative: Alternative, { content, refusal }: Logprobs): void {
  const before = alternative.logprobs;
  alternative.logprobs = {
    content: joined(before?.content, content),
    refusal: joined(before?.refusal, refusal),
  };
}

function joined<T>(before: T[] | null | undefined, after: T[] | null | undefined): T[] | null {
  if (before === null || before === undefined) {
    return after === null || after === undefined ? null : [...after];
  }
  for (const one of after ?? []) before.push(one);
  return before;
}

function messageOf(alternative: Alternative, facts: AnswerFacts): MessageFields {
  const { text, reasoning, refusal, calls, annotations, images, audioB64 } = alternative;
  const spoken = audioB64 !== "";
  const silent = calls.length > 0 || refusal !== "";
  const message: MessageFields = {
    role: "assistant",
    content: spoken || (text === "" && silent) ? null : text,
    refusal: refusal === "" ? null : refusal,
  };
  if (annotations.length > 0) message.annotations = annotations;
  if (reasoning !== "") message.reasoning_content = reasoning;
  if (images.length > 0) message.images = images;
  if (spoken) {
    message.audio = {
      id: `audio_${facts.callId}`,
      data: audioB64,
      expires_at: facts.createdAtS + audioLifetimeS,
      transcript: text,
    };
  }
  const [first] = calls;
  if (first === undefined) return message;
  if (isOlderForm(facts.body)) message.function_call = { name: first.name, arguments: first.arguments };
  else {
    const custom = customTools(facts.asked.call.tools);
    message.tool_calls = calls.map((call) => callOf(call, facts.provider, custom.has(call.name)));
  }
  return message;
}
