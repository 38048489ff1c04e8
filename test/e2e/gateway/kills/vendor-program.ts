/**
 * A vendor as a program that can be killed: `<name> <port> <book>`. Answers chat completions, whole and streamed, after as long
 * as the prompt says, and writes what it was asked and what it has said into a book that outlives it.
 */

import { openSync, writeSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { inputTokens, outputTokens, words } from "./prices.ts";

const [name = "", port = "0", file = ""] = process.argv.slice(2);
const book = openSync(file, "a");
/** How many more requests it takes until it dies in the middle of them. */
let left = Infinity;
let dying = false;
/** Writes that are not yet with the system. */
let writing = 0;
let open = 0;

/** At once: what is written is not lost with the process. */
const note = (...fields: (string | number)[]) => void writeSync(book, `${fields.join(" ")}\n`);

/** Dies by its own hand, so that it has said exactly what it has noted. */
function dieOnceWritten(): void {
  if (!dying || writing > 0) return;
  process.kill(process.pid, "SIGKILL");
}

/** Says something whose saying brings the bill of this request to so many output tokens. */
function say(response: ServerResponse, id: string, text: string, tokens: number, last: boolean): void {
  if (dying || response.destroyed) return;
  writing++;
  const said = (error?: Error | null) => {
    writing--;
    if (error === undefined || error === null) note("said", id, tokens, last ? "all" : "some");
    dieOnceWritten();
  };
  response.write(text, said);
  if (last) response.end();
}

function answer(response: ServerResponse, id: string): void {
  response.writeHead(200, { "content-type": "application/json" });
  const message = { role: "assistant", content: name };
  const choices = [{ index: 0, message, finish_reason: "stop" }];
  const body = { id, object: "chat.completion", created: 1, model: "gpt-4o-mini", choices };
  say(response, id, JSON.stringify({ ...body, usage: usageOf(outputTokens) }), outputTokens, true);
}

/** Counts with every word, as some vendors do, so that whoever hears half of it knows what that half costs. */
function chunk(id: string, delta: object, tokens: number, finish: string | null = null): string {
  const choices = [{ index: 0, delta, finish_reason: finish }];
  const body = { id, object: "chat.completion.chunk", created: 1, model: "gpt-4o-mini", choices };
  return `data: ${JSON.stringify({ ...body, usage: usageOf(tokens) })}\n\n`;
}

function usageOf(tokens: number) {
  return { prompt_tokens: inputTokens, completion_tokens: tokens, total_tokens: inputTokens + tokens };
}

function stream(response: ServerResponse, id: string, waitMs: number): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  const tellFrom = (word: number) => {
    const delta = word === 1 ? { role: "assistant", content: name } : { content: "." };
    const tokens = word * outputTokens / words;
    const last = word === words;
    const end = last ? `${chunk(id, {}, outputTokens, "stop")}data: [DONE]\n\n` : "";
    say(response, id, chunk(id, delta, tokens) + end, tokens, last);
    if (!last) setTimeout(tellFrom, waitMs / (words - 1), word + 1);
  };
  tellFrom(1);
}

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const [, after] = /^\/die\/(\d+)$/.exec(request.url ?? "") ?? [];
  if (after !== undefined) {
    left = Number(after);
    return void response.end();
  }
  let body = "";
  request.setEncoding("utf8").on("data", (text: string) => body += text).on("end", () => {
    if (dying) return;
    const asked = JSON.parse(body) as { stream?: boolean; messages: { content: string }[] };
    const [id = "", wait = "0"] = asked.messages[0]?.content.split(" ") ?? [];
    note("asked", id);
    open++;
    response.once("close", () => note("open", --open));
    if (asked.stream === true) stream(response, id, Number(wait));
    else setTimeout(() => answer(response, id), Number(wait));
    if (--left > 0) return;
    dying = true;
    dieOnceWritten();
  });
});
server.on("connection", (socket) => {
  note("connected");
  socket.on("error", () => socket.destroy()).once("close", () => note("parted"));
});
server.listen(Number(port), "127.0.0.1", () => note("port", (server.address() as AddressInfo).port));
