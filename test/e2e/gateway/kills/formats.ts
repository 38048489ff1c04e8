/** How the two wire formats say an answer, its end, and an error. */

import assert from "node:assert/strict";

export type Tongue = "openai" | "anthropic";

interface Format {
  readonly path: string;
  /** The text of a whole answer. */
  whole(body: string): string;
  /** The text of a stream, and its end: `whole`, an error's event, or `none`, which there never should be. */
  streamed(body: string): { readonly said: string; readonly end: string };
  /** @throws AssertionError, when it has not the format's shape */
  failure(body: string): { readonly message: string; readonly code: string };
}

export const formats: Readonly<Record<Tongue, Format>> = {
  openai: {
    path: "/v1/chat/completions",
    whole: (body) => JSON.parse(body).choices[0].message.content,
    streamed(body) {
      const events = eventsOf(body);
      let [said, stops, failure] = ["", 0, ""];
      for (const event of events) {
        if (event === "[DONE]") continue;
        const { choices = [], error } = JSON.parse(event);
        said += choices[0]?.delta?.content ?? "";
        if (typeof choices[0]?.finish_reason === "string") stops++;
        if (error !== undefined) failure = event;
      }
      const done = events.at(-1) === "[DONE]";
      return { said, end: endOf(done && stops === 1, done || stops > 0, failure) };
    },
    failure(body) {
      const { error } = JSON.parse(body);
      assert.ok(typeof error?.message === "string" && typeof error.type === "string", body);
      return { message: error.message, code: String(error.code) };
    },
  },
  anthropic: {
    path: "/v1/messages",
    whole: (body) => JSON.parse(body).content[0].text,
    streamed(body) {
      const events = eventsOf(body);
      let [said, stops, failure] = ["", 0, ""];
      for (const event of events) {
        const { type, delta } = JSON.parse(event);
        if (type === "content_block_delta") said += delta.text ?? "";
        if (type === "message_delta" && typeof delta.stop_reason === "string") stops++;
        if (type === "error") failure = event;
      }
      const done = events.at(-1)?.includes("message_stop") === true;
      return { said, end: endOf(done && stops === 1, done || stops > 0, failure) };
    },
    failure(body) {
      const { type, error } = JSON.parse(body);
      assert.equal(type, "error", body);
      assert.ok(typeof error?.message === "string" && typeof error.type === "string", body);
      return { message: error.message, code: error.type };
    },
  },
};

function endOf(whole: boolean, stopped: boolean, failure: string): string {
  if (failure !== "") return stopped ? "none" : failure;
  return whole ? "whole" : "none";
}

function eventsOf(body: string): readonly string[] {
  return body.split("\n").filter((line) => line.startsWith("data: ")).map((line) => line.slice(6));
}
