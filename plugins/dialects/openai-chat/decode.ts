/** Decodes whole answers. */

import {
  asFields,
  asIndex,
  asList,
  asText,
  faultOf,
  faultOfText,
  type Fields,
  type Json,
  type Part,
  type WireReplyHead,
} from "../../../src/plugin.ts";
import { Citations } from "./citations.ts";
import { addRefusal, at, readAudio, readContent, readImages, readReasoning } from "./content.ts";
import { decodeEmbeddings } from "./embeddings.ts";
import { finishWord, settled } from "./finish.ts";
import type { Reading } from "./reading.ts";
import { ReasoningDetails } from "./reasoning-details.ts";
import { ThinkTags } from "./think-tags.ts";
import { ToolCalls } from "./tool-calls.ts";

/** More alternatives than any vendor gives. */
export const maxChoices = 1024;

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
  return asIndex(choice["index"], maxChoices) ?? position;
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
  const message = asFields(choice["message"]) ?? asFields(choice["delta"]) ?? textOf(choice) ??
    withheld(choice);
  if (message === undefined) throw how.notAnAnswer(head, "a choice has no `message`");
  const before = parts.length;
  readReasoning(message, how.reasoningFields, index, parts);
  const details = new ReasoningDetails();
  details.read(message, (why) => how.notAnAnswer(head, why));
  details.complete(index, parts);
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

  const word = finishWord(choice);
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

/** Azure sends no message when its filter took all of it. */
function withheld(choice: Fields): Fields | undefined {
  return finishWord(choice) === undefined ? undefined : {};
}

/** The form of sound that was asked for. */
export function soundFormat(head: WireReplyHead): unknown {
  return asFields(head.ctx.target.params["audio"])?.["format"];
}
