/** Decodes streamed answers of Converse, event by event. */

import {
  asFields,
  asText,
  detailsOf,
  type Fields,
  isContent,
  loomError,
  type Part,
  type ServerSentEvent,
  type StreamDecoder,
  type WireReplyHead,
} from "../../../src/plugin.ts";
import type { BedrockErrors } from "./errors.ts";
import { finishReason } from "./finish.ts";
import { StreamedBlocks } from "./streamed-blocks.ts";
import { usageOf } from "./usage.ts";

const none: readonly Part[] = [];

export class ConverseStream implements StreamDecoder {
  readonly #head: WireReplyHead;
  readonly #errors: BedrockErrors;
  readonly #blocks: StreamedBlocks;
  #stopped = false;
  #done = false;
  #partsSeen = 0;

  constructor(head: WireReplyHead, errors: BedrockErrors) {
    this.#head = head;
    this.#errors = errors;
    this.#blocks = new StreamedBlocks(head.ctx, (why) => errors.notAnAnswer(head, why));
  }

  /** `metadata` came, which follows the end. */
  get complete(): boolean {
    return this.#done;
  }

  event(event: ServerSentEvent): readonly Part[] {
    if (this.#done || event.data === "") return none;
    const { type, payload } = this.#named(event);
    const parts: Part[] = [];
    switch (type) {
      case "contentBlockStart":
        this.#blocks.open(indexOf(payload), asFields(payload["start"]) ?? {}, parts);
        break;
      case "contentBlockDelta":
        this.#blocks.piece(indexOf(payload), asFields(payload["delta"]) ?? {}, parts);
        break;
      case "contentBlockStop":
        this.#blocks.close(indexOf(payload), parts);
        break;
      case "messageStop":
        this.#stop(asText(payload["stopReason"]), parts);
        break;
      case "metadata": {
        const usage = usageOf(payload);
        if (usage !== undefined) parts.push({ type: "usage", usage });
        if (this.#stopped) this.#blocks.closeAll(parts);
        this.#done = this.#stopped;
        break;
      }
    }
    for (const part of parts) if (isContent(part)) this.#partsSeen++;
    return parts;
  }

  end(): readonly Part[] {
    if (this.#done) return none;
    if (this.#stopped) {
      // What came behind its end, where a proxy has changed the order.
      const parts: Part[] = [];
      this.#blocks.closeAll(parts);
      return parts;
    }
    const { provider } = this.#head.ctx.target;
    throw loomError(
      "stream-broken",
      `${provider}: the stream ended after ${this.#partsSeen} part(s), before the answer did`,
      { partsSeen: this.#partsSeen },
      detailsOf(this.#head.ctx, this.#head),
    );
  }

  #stop(word: string | undefined, parts: Part[]): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#blocks.closeAll(parts);
    const reason = finishReason(word, this.#blocks.calls > 0);
    parts.push({ type: "finish", reason, ...(word !== undefined && { raw: word }) });
  }

  /** Frames carry the type in their head; proxies that speak JSON wrap the payload in an object named after it. */
  #named({ event, data }: ServerSentEvent): { readonly type: string; readonly payload: Fields } {
    let value: unknown;
    try {
      value = JSON.parse(data);
    } catch {
      throw this.#errors.notAnAnswer(this.#head, `an event of ${data.length} characters is not JSON`);
    }
    const fields = asFields(value);
    if (fields === undefined) throw this.#errors.notAnAnswer(this.#head, "an event is not a JSON object");
    if (event === "exception" || fields["__type"] !== undefined) {
      throw this.#errors.fromFields(this.#head, fields);
    }
    if (event !== "" && event !== "chunk") return { type: event, payload: fields };
    const [type = "", ...others] = Object.keys(fields);
    const payload = asFields(fields[type]);
    if (payload !== undefined && others.length === 0) {
      if (type.endsWith("Exception")) throw this.#errors.fromFields(this.#head, { ...payload, __type: type });
      return { type, payload };
    }
    if (typeof fields["message"] === "string") throw this.#errors.fromFields(this.#head, fields);
    return { type: guess(fields), payload: fields };
  }
}

/** What an event without a name is, by what it holds. */
function guess(fields: Fields): string {
  if (fields["delta"] !== undefined) return "contentBlockDelta";
  if (fields["start"] !== undefined) return "contentBlockStart";
  if (fields["stopReason"] !== undefined) return "messageStop";
  if (fields["usage"] !== undefined) return "metadata";
  return fields["contentBlockIndex"] === undefined ? "" : "contentBlockStop";
}

function indexOf(payload: Fields): number {
  const index = payload["contentBlockIndex"];
  return typeof index === "number" ? index : 0;
}
