/** Reads one candidate, whole or event by event. */

import {
  asFields,
  asList,
  asText,
  type Fields,
  type Json,
  type JsonObject,
  type Part,
  type WireReplyHead,
} from "../../../src/plugin.ts";
import { finishReason, isBroken } from "./finish.ts";
import { Grounding } from "./grounding.ts";
import { at, type Reading } from "./reading.ts";
import { ToolCalls } from "./tool-calls.ts";

/** Text kept to find the places that sources name; a longer answer's sources come without places. */
const maxHeldChars = 8 * 1024 * 1024;

export class Candidate {
  readonly index: number;
  readonly #head: WireReplyHead;
  readonly #how: Reading;
  readonly #calls: ToolCalls;
  readonly #grounding = new Grounding();
  readonly #inPieces: boolean;
  #texts: string[] = [];
  #held = 0;
  #word: string | undefined;
  #message: string | undefined;
  /** Whether anything of it came since it last said that it ended: some streams say `STOP` and go on. */
  #open = false;

  constructor(index: number, head: WireReplyHead, how: Reading, inPieces: boolean) {
    this.index = index;
    this.#head = head;
    this.#how = how;
    this.#inPieces = inPieces;
    this.#calls = new ToolCalls(head.ctx, index, inPieces, (why) => how.notAnAnswer(head, why));
  }

  /** It said why it ended, and nothing came behind that. */
  get ended(): boolean {
    return this.#word !== undefined && !this.#open;
  }

  /** Something of it came that no end has closed. */
  get open(): boolean {
    return this.#open;
  }

  get word(): string | undefined {
    return this.#word;
  }

  get message(): string | undefined {
    return this.#message;
  }

  get queries(): number {
    return this.#grounding.queries;
  }

  read(candidate: Fields, responseId: string | undefined, parts: Part[]): void {
    for (const entry of asList(asFields(candidate["content"])?.["parts"]) ?? []) {
      const part = asFields(entry);
      if (part === undefined) continue;
      if (asText(part["text"]) !== undefined || part["functionCall"] !== undefined) this.#open = true;
      this.#part(part, responseId, parts);
    }
    this.#grounding.read(candidate);
    const { logprobsResult } = candidate;
    if (this.#inPieces && logprobsResult !== undefined && logprobsResult !== null) {
      parts.push({ type: "raw", value: { logprobs: logprobsResult as Json, choice: this.index } });
    }
    const word = asText(candidate["finishReason"]);
    if (word === undefined || word === "FINISH_REASON_UNSPECIFIED") return;
    this.#word = word;
    this.#message = asText(candidate["finishMessage"]);
    this.#open = false;
  }

  /** Nothing more comes. */
  end(parts: Part[]): void {
    this.#calls.complete(parts);
    for (const citation of this.#grounding.citations(this.#texts)) {
      parts.push(at(this.index, { type: "citation", citation }));
    }
    if (isBroken(this.#word)) {
      const message = `the answer broke off (${this.#word}): ${this.#message ?? "no reason was given"}`;
      parts.push({ type: "warning", code: "answer-broke-off", message });
    }
    const reason = finishReason(this.#word, this.#calls.any);
    const raw = this.#word === undefined ? {} : { raw: this.#word };
    parts.push(at(this.index, { type: "finish", reason, ...raw }));
  }

  #part(part: Fields, responseId: string | undefined, parts: Part[]): void {
    const { text } = part;
    const { functionCall, inlineData, fileData } = part;
    if (typeof text === "string") this.#text(text, part, parts);
    else if (functionCall !== undefined && functionCall !== null) this.#calls.read(part, responseId, parts);
    else if (asFields(inlineData) !== undefined || asFields(fileData) !== undefined) this.#media(part, parts);
    else if (asText(part["thoughtSignature"]) !== undefined && Object.keys(part).length === 1) {
      this.#text("", part, parts);
    } else if (Object.keys(part).length > 0) this.#native(part, parts);
  }

  #text(text: string, part: Fields, parts: Part[]): void {
    const signature = asText(part["thoughtSignature"]);
    if (text === "" && signature === undefined) return;
    const type = part["thought"] === true ? "reasoning" : "text";
    parts.push(at(this.index, { type, text, ...(signature !== undefined && { signature }) }));
    if (type === "reasoning") return;
    this.#held += text.length;
    if (this.#held <= maxHeldChars) this.#texts.push(text);
    else this.#texts = [];
  }

  /** Pictures and sounds; in a conversation the whole part goes back with the next turn, signature and all. */
  #media(part: Fields, parts: Part[]): void {
    const thought = part["thought"] === true;
    const inline = asFields(part["inlineData"]);
    const mimeType = asText(inline?.["mimeType"]) ?? asText(asFields(part["fileData"])?.["mimeType"]);
    const dataB64 = asText(inline?.["data"]);
    const url = asText(asFields(part["fileData"])?.["fileUri"]);
    const kind = mimeType?.split("/")[0];
    // Pictures of its thinking are drafts.
    if (!thought && (kind === "image" || kind === "audio" || kind === "video")) {
      parts.push({
        type: kind,
        ...(mimeType !== undefined && { mimeType }),
        ...(dataB64 !== undefined && { dataB64 }),
        ...(url !== undefined && { url }),
      });
    }
    if (this.#head.ctx.target.modality === "text" && kind !== "audio") this.#native(part, parts);
  }

  /** Code it ran, what came of it, searches on Google's side: to be sent back as it is. */
  #native(part: Fields, parts: Part[]): void {
    parts.push(at(this.index, { type: "native", value: part as JsonObject }));
  }
}
