/** What a fake vendor can be told to do with a request: the good answers and the ways in which vendors fail. */

import { Buffer } from "node:buffer";
import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Json, JsonObject } from "../contract/json.ts";
import {
  type Behaviour,
  chunk,
  completion,
  cut,
  embeddings,
  finishStream,
  frame,
  openStream,
  send,
  sendJson,
  words,
  write,
} from "./vendor-wire.ts";

/** How a scripted stream is paced and how it ends. */
export interface StreamScript {
  /** Waited before each frame. Default 0: as fast as the connection takes them. */
  readonly delayMs?: number;
  /** Waited before the first frame, after the head went out. */
  readonly firstDelayMs?: number;
  /** Breaks the connection after so many text frames. */
  readonly cutAfter?: number;
  /** Ends in good order but without the finishing frames. */
  readonly unfinished?: boolean;
  /** Raw text put on the wire before the frame of that number, as it is: broken frames, comments, errors. */
  readonly inject?: Readonly<Record<number, string>>;
}

/** The usual behaviours. */
export const behave = {
  /** A good answer: streamed when the request asks for that, whole otherwise; embeddings on their path. */
  answer: (text: string = "Hello from the fake vendor."): Behaviour => (response, request) => {
    if (request.path.endsWith("/embeddings")) return sendJson(response, 200, embeddings(request));
    const streamed = (request.body as JsonObject | undefined)?.stream === true;
    return streamed ? behave.stream(words(text))(response, request) : behave.text(text)(response, request);
  },
  /** A whole answer, after `delayMs` when given. */
  text: (text: string, options: { readonly delayMs?: number } = {}): Behaviour => async (response) => {
    if (options.delayMs) await pause(options.delayMs);
    sendJson(response, 200, completion(text));
  },
  /** A streamed answer, one frame per text. */
  stream: (texts: readonly string[], script: StreamScript = {}): Behaviour => async (response) => {
    openStream(response);
    if (script.firstDelayMs) await pause(script.firstDelayMs);
    for (const [index, text] of texts.entries()) {
      if (script.cutAfter === index) return await cut(response);
      if (script.delayMs) await pause(script.delayMs);
      const injected = script.inject?.[index];
      if (injected !== undefined) response.write(injected);
      await frame(response, chunk({ content: text }, null));
      if (response.destroyed) return;
    }
    if (script.cutAfter !== undefined) return await cut(response);
    if (script.unfinished) return void response.end();
    finishStream(response, texts.length);
  },
  /** Any status, headers and body; an object is sent as JSON. */
  status:
    (status: number, body: Json, headers: Readonly<Record<string, string>> = {}): Behaviour => (response) =>
      typeof body === "string"
        ? send(response, status, body, headers)
        : sendJson(response, status, body, headers),
  /** Reads the request and never answers. */
  hang: (): Behaviour => () => {},
  /** Breaks the connection after `bytes` of a whole answer; 0 breaks it before the head. */
  cut: (bytes: number = 0): Behaviour => async (response) => {
    const body = JSON.stringify(completion("This answer never arrives in full."));
    if (bytes > 0) {
      response.writeHead(200, {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
      });
      await new Promise<void>((written) => void response.write(body.slice(0, bytes), () => written()));
    }
    await cut(response);
  },
  /** A proxy's page where an answer should be. */
  html: (status: number = 200): Behaviour => (response) =>
    send(response, status, "<!doctype html><title>Bad gateway</title>", { "content-type": "text/html" }),
  /** Status 200 and nothing else. */
  empty: (): Behaviour => (response) => send(response, 200, ""),
  /** Status 200 and the first half of an answer, ended in good order. */
  halfJson: (): Behaviour => (response) => {
    const body = JSON.stringify(completion("half"));
    send(response, 200, body.slice(0, body.length / 2));
  },
  /** A good answer under a wrong content type. */
  wrongType: (text: string, contentType: string = "text/plain"): Behaviour => (response) =>
    sendJson(response, 200, completion(text), { "content-type": contentType }),
  /** An error that says 200. */
  errorInside:
    (message: string = "model is overloaded", code: string = "server_error"): Behaviour => (response) =>
      sendJson(response, 200, { error: { message, type: code, code } }),
};

/** A stream that the test paces frame by frame. */
export interface ControlledStream {
  readonly behaviour: Behaviour;
  /** Settles when the request has come and the head is out. */
  readonly opened: Promise<void>;
  /** Sends one frame of text; settles when the connection has taken it. */
  text(text: string): Promise<void>;
  /** Puts raw text on the wire. */
  raw(text: string): Promise<void>;
  /** Sends the finishing frames and ends in good order. */
  finish(): Promise<void>;
  /** Breaks the connection. */
  cut(): Promise<void>;
}

/** Makes a stream to script with `vendor.script(stream.behaviour)` and to pace by hand. */
export function controlledStream(): ControlledStream {
  let open: (response: ServerResponse) => void = () => {};
  const response = new Promise<ServerResponse>((resolve) => open = resolve);
  return {
    behaviour: (answer) => {
      openStream(answer);
      open(answer);
    },
    opened: response.then(() => {}),
    text: async (text) => await frame(await response, chunk({ content: text }, null)),
    raw: async (text) => await write(await response, text),
    finish: async () => finishStream(await response, 1),
    cut: async () => await cut(await response),
  };
}

/** Waits without keeping the process alive: a test that is done need not wait for a slow script. */
function pause(ms: number): Promise<void> {
  return sleep(ms, undefined, { ref: false });
}
