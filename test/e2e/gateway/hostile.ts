/** Runs tables of requests that nobody honest sends, and looks at what must hold after each and after all of them. */

import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { serve, type TestServer, until } from "../../support/server.ts";
import { exchangeRaw, type RawAnswer, rawRequest } from "./raw.ts";
import { type RunningGateway, startGateway } from "./support.ts";
import { providersAt, tongueAt, tongues, vendorKey } from "./tongues.ts";

export const key = "loom-e2e-hostile-key-4711";
/** Stands in every request; must come back in no error and no log. */
export const secret = "secret-prompt-5512";
export const auth: string = `authorization: Bearer ${key}`;
export const json = "content-type: application/json";
export const maxBodyBytes: number = 6 * 1024 * 1024;
export const requestTimeoutMs = 600;

export const chatPath = "/v1/chat/completions";
export const messagesPath = "/v1/messages";
export const openai = "my-openai/m1";
export const anthropic = "my-anthropic/m1";

/** A request as a caller with a key would send it. */
export function chat(body: unknown, path: string = chatPath): readonly (string | Uint8Array)[] {
  return rawRequest(path, typeof body === "string" ? body : JSON.stringify(body), [auth, json]);
}

export const goodBody: string = JSON.stringify({
  model: openai,
  messages: [{ role: "user", content: secret }],
});

export interface HostileCase {
  readonly name: string;
  readonly send: readonly (string | Uint8Array)[];
  readonly end?: "half-close" | "reset";
  /** The statuses of the answers; none: the connection ends without one. */
  readonly status: readonly number[];
  readonly shape?: "openai" | "anthropic";
  /** What the error says; of a list, any of its answers. */
  readonly says?: RegExp;
  readonly param?: string;
  readonly also?: (answer: RawAnswer, vendor: TestServer) => void;
}

/** Declares one test for each case, and one for what they leave behind. */
export function hostile(cases: readonly HostileCase[]): void {
  let vendor: TestServer;
  let running: RunningGateway;

  before(async () => {
    vendor = await serve(({ url, body, response }) => {
      const tongue = tongueAt(url);
      if (body.includes('"stream":true')) {
        response.writeHead(200, { "content-type": "text/event-stream" });
        return void response.end(tongue.opening + tongue.word("fine") + tongue.closing);
      }
      response.writeHead(200, { "content-type": "application/json" });
      response.end(tongue === tongues.openai ? wholeChat : wholeMessage);
    });
    running = await startGateway({ limits: {}, breaker: false, providers: providersAt(vendor.url) }, {
      keys: { list: [{ key, id: "hostile" }] },
      server: { maxBodyBytes, requestTimeoutMs },
    });
  });
  after(async () => {
    await running.close();
    await vendor.close();
  });

  for (const { name, send, end, status, shape = "openai", says, param, also } of cases) {
    it(name, async () => {
      const answers = await exchangeRaw(running.port, send, end);
      assert.deepEqual(answers.map((answer) => answer.status), status, answers[0]?.body.slice(0, 500));
      for (const answer of answers) {
        assert.equal(answer.headers["connection"]?.includes("upgrade") ?? false, false);
        if (answer.status < 400) {
          also?.(answer, vendor);
          continue;
        }
        if (answer.headers["content-type"] === "application/json") checkError(answer, shape, says, param);
        else assert.ok(answer.body.length < 16, `an error without a shape: ${answer.body}`);
        checkSilence("the error", answer.body);
        also?.(answer, vendor);
      }
      await until("nothing is under way", () => running.gateway.inFlight === 0);
      const [next] = await exchangeRaw(running.port, chat(goodBody));
      assert.equal(next?.status, 200, "the next request is answered as if nothing had been");
    });
  }

  it("all of them left nothing behind", async () => {
    checkSilence("the log", running.log.join("\n"));
    assert.equal(({} as { polluted?: unknown }).polluted, undefined, "no prototype was changed");
    assert.equal(running.gateway.inFlight, 0);
    await running.close();
    await until("the vendor has no connection any more", () => vendor.open === 0);
  });
}

function checkError(answer: RawAnswer, shape: "openai" | "anthropic", says?: RegExp, param?: string): void {
  // The bytes of the answer are UTF-8, which the exchange gives letter by letter.
  const body = JSON.parse(Buffer.from(answer.body, "latin1").toString()) as {
    readonly type?: string;
    readonly error: { readonly type: string; readonly message: string; readonly param?: string | null };
  };
  assert.equal(body.type, shape === "anthropic" ? "error" : undefined);
  assert.deepEqual(
    Object.keys(body.error).sort(),
    shape === "anthropic" ? ["message", "type"] : ["code", "message", "param", "type"],
  );
  assert.ok(
    body.error.message.length > 8 && body.error.message.length < 1_000,
    body.error.message.slice(0, 99),
  );
  if (says !== undefined) assert.match(body.error.message, says);
  if (param !== undefined) assert.equal(body.error.param, param);
}

/** Neither stacks nor what callers and vendors keep to themselves. */
function checkSilence(where: string, text: string): void {
  for (const word of [secret, key, vendorKey]) {
    assert.ok(!text.includes(word), `${where} holds ${word}: ${text}`);
  }
  assert.doesNotMatch(text, /\bat .*[.](?:ts|js):\d+/, `${where} holds a stack`);
}

const wholeChat = JSON.stringify({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "m",
  choices: [{ index: 0, message: { role: "assistant", content: "fine" }, finish_reason: "stop" }],
});

const wholeMessage = JSON.stringify({
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "m",
  content: [{ type: "text", text: "fine" }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 1, output_tokens: 1 },
});
