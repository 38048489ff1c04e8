/** Counting a dataset: by the vendor's endpoint over real HTTP, and by the tokenizer of this machine. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { countTokens as o200k } from "gpt-tokenizer/encoding/o200k_base";
import { countByVendor, countLocally, type CountServices } from "../../../src/batch/plan/count-tokens.ts";
import { Loom } from "../../../src/index.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { fakeClock } from "../../../src/testing.ts";
import { failureOf } from "../../support/failure.ts";
import { folderOf } from "../../support/folder.ts";
import { type Arrived, serve, until } from "../../support/server.ts";
import { heardProgress } from "./heard-progress.ts";

interface Counted {
  readonly model: string;
  readonly system?: string;
  readonly messages: readonly { readonly content: string }[];
}

const anthropic = { provider: "anthropic", model: "claude-sonnet-5-5", column: "prompt" };

function loomFor(url: string): Loom {
  return new Loom({
    providers: { anthropic: { baseUrl: url, apiKey: "k" } },
    retry: false,
    breaker: false,
    pluginFolder: false,
  });
}

function servicesOf(loom: Loom, signal = new AbortController().signal) {
  return { loom, progress: heardProgress(), clock: systemClock, signal } satisfies CountServices;
}

function asked({ body }: Arrived): Counted {
  return JSON.parse(body) as Counted;
}

/** A token for each letter of the prompt. */
function countLetters(arrived: Arrived): void {
  const tokens = asked(arrived).messages[0]?.content.length;
  arrived.response.setHeader("content-type", "application/json").end(
    JSON.stringify({ input_tokens: tokens }),
  );
}

function refuse({ response }: Arrived, status: number, type: string, headers = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers })
    .end(JSON.stringify({ type: "error", error: { type, message: `no: ${type}` } }));
}

const rows = (count: number) =>
  JSON.stringify(
    Array.from({ length: count }, (_, index) => ({ id: `r${index + 1}`, prompt: "x".repeat(index + 1) })),
  );

describe("the vendor's count of a dataset", () => {
  it("asks the endpoint once for every prompt, and adds up what it says", async () => {
    await using folder = await folderOf({ "data.json": rows(40) });
    const waiting: Arrived[] = [];
    let most = 0;
    // Answered four at a time: with fewer workers it would wait for ever.
    const server = await serve((arrived) => {
      most = Math.max(most, waiting.push(arrived));
      if (waiting.length === 4) waiting.splice(0).forEach(countLetters);
    });
    await using loom = loomFor(server.url);
    const services = servicesOf(loom);
    const spec = { ...anthropic, system: "Be brief." };
    const totals = await countByVendor(folder.file("data.json"), spec, 4, services);
    await server.close();
    const { inputTokens, prompts, errors } = totals;
    assert.deepEqual([inputTokens, prompts, errors], [820, 40, 0]);
    assert.equal(server.requests.length, 40);
    assert.ok(server.requests.every(({ url }) => url === "/v1/messages/count_tokens"));
    const lengths = new Set(server.requests.map((one) => asked(one).messages[0]?.content.length));
    assert.equal(lengths.size, 40);
    const [{ model, system } = { model: "", system: "" }] = server.requests.map(asked);
    assert.deepEqual([model, system], ["claude-sonnet-5-5", "Be brief."]);
    assert.equal(most, 4);
    const { stages, updates, ended } = services.progress;
    assert.deepEqual(stages, [{ label: "Counting tokens", total: 40, unit: "prompts" }]);
    assert.deepEqual(updates.at(-1), {
      done: 40,
      ok: 40,
      failed: 0,
      inputTokens: 820,
      estimatedTotal: 820,
    });
    assert.equal(ended, true);
  });

  it("counts errors of rows, shows the first five, and goes on", async () => {
    await using folder = await folderOf({ "data.csv": "id,text\n" + "a,xx\n".repeat(7) + "b,\nc,yyy\n" });
    const server = await serve((arrived) =>
      asked(arrived).messages[0]?.content === "xx"
        ? refuse(arrived, 400, "invalid_request_error")
        : countLetters(arrived)
    );
    await using loom = loomFor(server.url);
    const services = servicesOf(loom);
    const spec = { ...anthropic, column: "text" };
    const totals = await countByVendor(folder.file("data.csv"), spec, 1, services);
    await server.close();
    assert.deepEqual([totals.inputTokens, totals.prompts, totals.errors], [3, 9, 8]);
    const { notes, updates } = services.progress;
    assert.equal(notes.length, 6);
    assert.match(notes[0]?.text ?? "", /^row 1 \(id a, line 2\): .*invalid_request_error/);
    assert.equal(notes[0]?.data?.["code"], "invalid-request");
    assert.equal(notes[5]?.text, "and 3 more");
    // The mean of those that could be counted, for all rows.
    assert.equal(updates.at(-1)?.estimatedTotal, 27);
  });

  it("slows down and asks again when a vendor is busy", async () => {
    await using folder = await folderOf({ "data.json": rows(10) });
    const clock = fakeClock();
    const server = await serve((arrived) =>
      server.requests.length <= 6 ? refuse(arrived, 429, "rate_limit_error") : countLetters(arrived)
    );
    await using loom = loomFor(server.url);
    const services = { ...servicesOf(loom), clock };
    const counting = countByVendor(folder.file("data.json"), anthropic, 3, services);
    await until(
      "three were sent away, and all wait",
      () => server.requests.length === 3 && clock.pending === 1,
    );
    await clock.advance(0);
    assert.equal(server.requests.length, 3);
    let totals: Awaited<typeof counting> | undefined;
    void counting.then((found) => totals = found);
    await until("all are counted", () => {
      void clock.advance(1_000);
      return totals !== undefined;
    });
    await server.close();
    assert.deepEqual([totals?.inputTokens, totals?.errors], [55, 0]);
    assert.equal(server.requests.length, 16);
  });

  it("takes a row for failed that is sent away again and again", async () => {
    await using folder = await folderOf({ "data.json": rows(2) });
    const clock = fakeClock();
    const server = await serve((arrived) =>
      asked(arrived).messages[0]?.content === "x"
        ? refuse(arrived, 429, "rate_limit_error")
        : countLetters(arrived)
    );
    await using loom = loomFor(server.url);
    const services = { ...servicesOf(loom), clock };
    let totals: Awaited<ReturnType<typeof countByVendor>> | undefined;
    void countByVendor(folder.file("data.json"), anthropic, 1, services).then((found) => totals = found);
    await until("all are counted", () => {
      void clock.advance(60_000);
      return totals !== undefined;
    });
    await server.close();
    assert.deepEqual([totals?.inputTokens, totals?.errors], [2, 1]);
    assert.equal(server.requests.length, 6);
  });

  it("waits as long as a vendor says that nothing is left", async () => {
    await using folder = await folderOf({ "data.json": rows(3) });
    const clock = fakeClock();
    const server = await serve((arrived) => {
      if (server.requests.length === 1) {
        arrived.response.setHeader("anthropic-ratelimit-requests-remaining", "0")
          .setHeader("anthropic-ratelimit-requests-reset", new Date(clock.now() + 5_000).toISOString());
      }
      countLetters(arrived);
    });
    await using loom = loomFor(server.url);
    const services = { ...servicesOf(loom), clock };
    const counting = countByVendor(folder.file("data.json"), anthropic, 1, services);
    await until("the first prompt is counted", () => services.progress.updates.length === 1);
    await until("the next one waits", () => clock.pending === 1);
    await clock.advance(4_999);
    assert.deepEqual([server.requests.length, clock.pending], [1, 1]);
    await clock.advance(1);
    assert.equal((await counting).inputTokens, 6);
    await server.close();
  });

  it("gives up at once where every prompt would fail alike", async () => {
    await using folder = await folderOf({ "data.json": rows(500) });
    const server = await serve((arrived) => refuse(arrived, 401, "authentication_error"));
    await using loom = loomFor(server.url);
    const services = servicesOf(loom);
    const error = await failureOf(
      countByVendor(folder.file("data.json"), anthropic, 4, services),
      "auth-rejected",
    );
    await server.close();
    assert.match(error.message, /authentication_error/);
    assert.ok(server.requests.length <= 8, `${server.requests.length} requests`);
    assert.equal(services.progress.ended, true);
  });

  it("ends when it is told to, with calls under way", async () => {
    await using folder = await folderOf({ "data.json": rows(50) });
    const server = await serve((arrived) => server.requests.length > 2 ? undefined : countLetters(arrived));
    await using loom = loomFor(server.url);
    const stop = new AbortController();
    const counting = countByVendor(folder.file("data.json"), anthropic, 2, servicesOf(loom, stop.signal));
    await server.request(3);
    stop.abort();
    const error = await failureOf(counting, "aborted");
    assert.match(error.message, /^stopped after 2 prompts with 3 input tokens/);
    assert.deepEqual(await Promise.all(server.requests.map(({ left }) => left)), [false, false, true, true]);
    await server.close();
  });

  it("refuses a broken file before it asks for the first row", async () => {
    await using folder = await folderOf({ "data.json": rows(30).slice(0, -3) });
    const server = await serve(countLetters);
    await using loom = loomFor(server.url);
    await assert.rejects(countByVendor(folder.file("data.json"), anthropic, 2, servicesOf(loom)), {
      code: /invalid-request|file-unreadable/,
    });
    await server.close();
    assert.equal(server.requests.length, 0);
  });

  it("says which vendor has no endpoint, before it reads the file", async () => {
    await using loom = new Loom({ pluginFolder: false });
    const spec = { provider: "openai", model: "gpt-4o-mini", column: "prompt" };
    const error = await failureOf(
      countByVendor("/nowhere/data.json", spec, 2, servicesOf(loom)),
      "unsupported",
    );
    assert.equal(error.message, "OpenAI has no endpoint that counts tokens");
  });
});

describe("the count of this machine", () => {
  it("is that of gpt-tokenizer, with what a conversation adds", async () => {
    const prompts = ["Say hi in five words.", "日本語のテキスト", 'a "quoted", text\nof two lines'];
    const csv = "text\n" + prompts.map((prompt) => `"${prompt.replaceAll('"', '""')}"\n`).join("");
    await using folder = await folderOf({ "data.csv": csv });
    await using loom = new Loom({ pluginFolder: false });
    const spec = { provider: "openai", model: "gpt-4o-mini", column: "text" };
    const totals = await countLocally(folder.file("data.csv"), spec, servicesOf(loom));
    const expected = prompts.reduce((sum, prompt) => sum + o200k(prompt) + 7, 0);
    assert.deepEqual(totals, {
      inputTokens: expected,
      prompts: 3,
      errors: 0,
      encoding: "o200k_base",
      exact: true,
    });
  });

  it("names the columns there are", async () => {
    await using folder = await folderOf({ "data.csv": "id,text\n1,hi\n" });
    await using loom = new Loom({ pluginFolder: false });
    const spec = { provider: "openai", model: "gpt-4o-mini", column: "txt" };
    const error = await failureOf(
      countLocally(folder.file("data.csv"), spec, servicesOf(loom)),
      "invalid-request",
    );
    assert.match(error.message, /there is no column "txt"; did you mean "text"\? Columns are "id", "text"/);
  });
});
