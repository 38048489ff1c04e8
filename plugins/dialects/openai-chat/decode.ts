/** Decodes whole answers. */

import {
  type Attempting,
  type Json,
  jsonPointer,
  type LoomError,
  loomError,
  type Manifest,
  type Part,
  type Usage,
  type WireReplyHead,
} from "../../../src/plugin.ts";
import { Citations } from "./citations.ts";
import { addRefusal, at, readAudio, readContent, readImages, readReasoning } from "./content.ts";
import { detailsOf, type ErrorDecoder } from "./decode-error.ts";
import { decodeEmbeddings } from "./embeddings.ts";
import { faultOf, faultOfText } from "./fault.ts";
import { type FinishReader, finishReader, settled } from "./finish.ts";
import { asFields, asList, asText, asWord, type Fields } from "./json.ts";
import { ThinkTags } from "./think-tags.ts";
import { ToolCalls } from "./tool-calls.ts";
import { type UsageReader, usageReader } from "./usage.ts";

/** How one vendor's answers are read: the manifest, compiled once. */
export interface Reading {
  readonly manifest: Manifest;
  readonly errors: ErrorDecoder;
  readonly usage: UsageReader;
  readonly finish: FinishReader;
  readonly reasoningFields: readonly string[];
  readonly tags: boolean;
  /** Throws the error that a body holds in spite of its good status. */
  refuseFault(body: Fields, head: WireReplyHead): void;
  /** The error of an answer that is none. */
  notAnAnswer(head: WireReplyHead, why: string): LoomError;
}

/** What the readers of one answer need. */
export interface Decoding {
  readonly ctx: Attempting;
  usage(body: Fields): Usage | undefined;
  notAnAnswer(why: string): LoomError;
}

export function reading(manifest: Manifest, errors: ErrorDecoder): Reading {
  const { inBody } = manifest.errors ?? {};
  const code = inBody === undefined ? undefined : jsonPointer(inBody.code);
  const message = inBody === undefined ? undefined : jsonPointer(inBody.message);
  const good = new Set<unknown>(inBody?.ok);

  /** Cerebras and Mistral say `{message, code}` with nothing around it. */
  function refuseFlat(body: Fields, head: WireReplyHead): void {
    if (body["choices"] !== undefined || body["data"] !== undefined) return;
    const fault = faultOf(body);
    if (fault !== undefined) throw errors.fromFault(head, fault);
  }

  return {
    manifest,
    errors,
    usage: usageReader(manifest),
    finish: finishReader(manifest),
    reasoningFields: manifest.reasoning?.reply === undefined
      ? ["reasoning_content", "reasoning"]
      : [manifest.reasoning.reply],
    tags: manifest.reasoning?.tags === true,

    refuseFault(body, head) {
      const { error } = body;
      if (error !== undefined && error !== null && error !== "" && error !== false) {
        throw errors.fromFault(head, faultOf(body) ?? faultOfText(""));
      }
      const groq = asFields(body["x_groq"])?.["error"];
      if (groq !== undefined && groq !== null) {
        throw errors.fromFault(head, faultOf({ error: groq }) ?? faultOfText(""));
      }
      const found = code?.(body);
      if (found === undefined || found === null || good.has(found)) return refuseFlat(body, head);
      const fault = faultOf({ message: message?.(body) ?? "", code: found }) ?? faultOfText("");
      throw errors.fromFault(head, { ...fault, code: asWord(found) });
    },

    notAnAnswer(head, why) {
      const { ctx } = head;
      return loomError(
        "invalid-reply",
        `${manifest.label} sent something that is not an answer: ${why}`,
        {},
        {
          ...detailsOf(ctx, head),
        },
      );
    },
  };
}

/** Decodes one body. @throws LoomError, when it holds an error or no answer */
export function decodeWhole(body: Json, head: WireReplyHead, how: Reading): readonly Part[] {
  const fields = asFields(body);
  if (fields === undefined) throw how.notAnAnswer(head, "it is not a JSON object");
  how.refuseFault(fields, head);
  const notAnAnswer = (why: string) => how.notAnAnswer(head, why);
  if (head.ctx.target.modality === "embedding") {
    return decodeEmbeddings(fields, { ctx: head.ctx, usage: how.usage, notAnAnswer });
  }
  const choices = asList(fields["choices"]);
  if (choices === undefined) throw notAnAnswer("it has no `choices`");
  if (choices.length === 0) throw notAnAnswer("its `choices` are empty");

  const parts: Part[] = [];
  const response = responsePart(fields);
  if (response !== undefined) parts.push(response);
  const id = asText(fields["id"]);
  const citations = new Citations();
  choices.forEach((entry, position) => {
    const choice = asFields(entry);
    if (choice === undefined) throw notAnAnswer(`\`choices[${position}]\` is not an object`);
    decodeChoice(
      choice,
      choices.length === 1 ? 0 : choiceIndex(choice, position),
      id,
      head,
      how,
      citations,
      parts,
    );
  });
  citations.body(fields, parts);
  const usage = how.usage(fields);
  if (usage !== undefined) parts.push({ type: "usage", usage });
  parts.push({ type: "raw", value: body });
  return parts;
}

/** `response`, where the vendor says anything: placeholders are empty. */
export function responsePart(body: Fields): Part | undefined {
  const id = asText(body["id"]);
  const model = asText(body["model"]);
  if (id === undefined && model === undefined) return undefined;
  return { type: "response", ...(id !== undefined && { id }), ...(model !== undefined && { model }) };
}

export function choiceIndex(choice: Fields, position: number): number {
  const { index } = choice;
  return typeof index === "number" && Number.isInteger(index) && index >= 0 ? index : position;
}

function decodeChoice(
  choice: Fields,
  index: number,
  responseId: string | undefined,
  head: WireReplyHead,
  how: Reading,
  citations: Citations,
  parts: Part[],
): void {
  refuseChoice(choice, head, how);
  const message = asFields(choice["message"]) ?? asFields(choice["delta"]) ?? textOf(choice);
  if (message === undefined) throw how.notAnAnswer(head, "a choice has no `message`");
  const before = parts.length;
  readReasoning(message, how.reasoningFields, index, parts);
  const tags = how.tags ? new ThinkTags() : undefined;
  const beforeText = parts.length;
  readContent(message["content"], index, tags, parts);
  for (const piece of tags?.end() ?? []) parts.push(at(index, piece));
  const hasText = parts.length > beforeText;
  addRefusal(message["refusal"], index, parts);
  readImages(message["images"], parts);
  readAudio(message["audio"], soundFormat(head), index, hasText, parts);
  citations.annotations(message["annotations"], index, parts);
  const calls = new ToolCalls(head.ctx, index, false, (why) => how.notAnAnswer(head, why));
  calls.read(message, responseId, parts);
  calls.complete(parts);

  const word = asText(choice["finish_reason"]);
  if (word === undefined && parts.length === before) {
    throw how.notAnAnswer(head, "a choice has neither content nor a reason for its end");
  }
  const reason = word === undefined ? "other" : how.finish(word);
  if (reason === "error") throw how.errors.fromFault(head, faultOfText(`the model stopped with ${word}`));
  const final = settled(reason, calls.any);
  parts.push(
    at(
      index,
      word === undefined ? { type: "finish", reason: final } : { type: "finish", reason: final, raw: word },
    ),
  );
}

/** OpenRouter puts the failure of one choice into it. */
export function refuseChoice(choice: Fields, head: WireReplyHead, how: Reading): void {
  const { error } = choice;
  if (error !== undefined && error !== null) {
    throw how.errors.fromFault(head, faultOf({ error }) ?? faultOfText(""));
  }
}

/** Older servers answer chats in the shape of plain completions. */
function textOf(choice: Fields): Fields | undefined {
  return typeof choice["text"] === "string" ? { content: choice["text"] } : undefined;
}

/** The form of sound that was asked for. */
export function soundFormat(head: WireReplyHead): unknown {
  return asFields(head.ctx.target.params["audio"])?.["format"];
}
