/** The bodies and frames that a fake vendor puts on the wire, in the shape of OpenAI's chat completions. */

import type { ServerResponse } from "node:http";
import { setImmediate } from "node:timers";
import type { Json, JsonObject } from "../contract/json.ts";

/** One request as it arrived. Header names are lower-case. */
export interface VendorRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The body parsed; its text where it is not JSON, `undefined` where there is none. */
  readonly body: Json | undefined;
}

/** Answers one request. A behaviour of your own is a function like these; `behave` has the usual ones. */
export type Behaviour = (response: ServerResponse, request: VendorRequest) => Promise<void> | void;

/** Answers that the script broke off itself, so that they do not count as abandoned by the client. */
export const cutByScript: WeakSet<ServerResponse> = new WeakSet<ServerResponse>();

/** Breaks the connection once what was written is on its way. */
export async function cut(response: ServerResponse): Promise<void> {
  cutByScript.add(response);
  await new Promise<void>((resolve) => setImmediate(resolve));
  response.socket?.destroy();
  response.destroy();
}

export function send(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", "x-request-id": "req_fake", ...headers });
  response.end(body);
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: Json,
  headers?: Readonly<Record<string, string>>,
): void {
  send(response, status, JSON.stringify(body), headers);
}

export function openStream(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream", "x-request-id": "req_fake" });
  response.flushHeaders();
}

export function frame(response: ServerResponse, body: Json): Promise<void> {
  return write(response, `data: ${JSON.stringify(body)}\n\n`);
}

/** Settles when the connection has taken the text, or is gone. */
export function write(response: ServerResponse, text: string): Promise<void> {
  if (response.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    response.once("close", resolve);
    response.write(text, () => {
      response.off("close", resolve);
      resolve();
    });
  });
}

export function finishStream(response: ServerResponse, frames: number): void {
  const last = [chunk({}, "stop"), { ...chunk({}, null), choices: [], usage: usage(frames) }];
  response.end(last.map((body) => `data: ${JSON.stringify(body)}\n\n`).join("") + "data: [DONE]\n\n");
}

const head = { id: "chatcmpl-fake", created: 1_767_225_600, model: "fake-model" };

export function chunk(delta: JsonObject, finish: string | null): JsonObject {
  return { ...head, object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason: finish }] };
}

export function completion(text: string): JsonObject {
  const message = { role: "assistant", content: text };
  const choices = [{ index: 0, message, finish_reason: "stop" }];
  return { ...head, object: "chat.completion", choices, usage: usage(words(text).length) };
}

export function embeddings(request: VendorRequest): JsonObject {
  const { input } = request.body as JsonObject;
  const inputs = Array.isArray(input) ? input : [input];
  const data = inputs.map((_, index) => ({ object: "embedding", index, embedding: [0.6, 0.8, index] }));
  return {
    object: "list",
    model: "fake-model",
    data,
    usage: { prompt_tokens: inputs.length, total_tokens: inputs.length },
  };
}

/** Seven tokens in, one token per frame out: figures a test can check by hand. */
function usage(output: number): JsonObject {
  return { prompt_tokens: 7, completion_tokens: output, total_tokens: 7 + output };
}

/** Splits after each space, so that the pieces joined are the text. */
export function words(text: string): readonly string[] {
  return text.match(/\S*\s*/g)?.filter((word) => word !== "") ?? [];
}
