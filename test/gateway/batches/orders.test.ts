/** What `/v1/batches` takes and refuses, whose batches are whose, and lists of them. */

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, it } from "node:test";
import OpenAI, { toFile } from "openai";
import { folderOf } from "../../support/folder.ts";
import { until } from "../../support/server.ts";
import { order, reached, row } from "./rows.ts";
import { openScene } from "./setup.ts";

const sandbox = "sandbox/sandbox-small";
const good = (id: string) => row(id, sandbox, "hi");

async function refused(running: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  const error = await running.then(() => undefined, (fault) => fault);
  assert.ok(error instanceof OpenAI.APIError, `nothing was refused: ${error}`);
  return error;
}

describe("an input file", () => {
  const faulty: readonly (readonly [string, readonly (object | string)[], readonly object[]])[] = [
    ["that is empty", [], [{ code: "empty_file", line: null, param: null }]],
    ["of empty lines", ["", "  ", ""], [{ code: "empty_file", line: null, param: null }]],
    ["that is no JSON", [good("a"), "{oops", good("b"), "[1]"], [
      { code: "invalid_json_line", line: 2, param: null },
      { code: "invalid_json_line", line: 4, param: null },
    ]],
    ["with a name twice", [good("a"), "", good("a")], [
      { code: "duplicate_custom_id", line: 3, param: "custom_id" },
    ]],
    ["without names", [{ ...good("a"), custom_id: undefined }, { ...good("b"), custom_id: 7 }], [
      { code: "missing_required_parameter", line: 1, param: "custom_id" },
      { code: "missing_required_parameter", line: 2, param: "custom_id" },
    ]],
    ["of other methods and places", [{ ...good("a"), method: "GET" }, {
      ...good("b"),
      url: "/v1/embeddings",
    }], [
      { code: "invalid_method", line: 1, param: "method" },
      { code: "invalid_url", line: 2, param: "url" },
    ]],
    ["without bodies", [{ ...good("a"), body: undefined }, { ...good("b"), body: "text" }], [
      { code: "missing_required_parameter", line: 1, param: "body" },
      { code: "missing_required_parameter", line: 2, param: "body" },
    ]],
  ];
  for (const [what, rows, expected] of faulty) {
    it(`${what} fails the batch, and nothing is asked`, async () => {
      await using scene = await openScene();
      const { id } = await order(scene.red, rows);
      const batch = await reached(scene.red, id, scene.clock);
      assert.equal(batch.status, "failed");
      assert.ok(batch.failed_at);
      assert.deepEqual(batch.errors?.data?.map(({ code, line, param }) => ({ code, line, param })), expected);
      assert.equal(batch.errors?.object, "list");
      assert.equal(scene.records.length, 0);
    });
  }

  it("of more rows than there may be fails the batch", async () => {
    await using scene = await openScene();
    const rows = Array.from({ length: 50_001 }, (_, index) =>
      `{"custom_id":"${index}","method":"POST",` +
      '"url":"/v1/chat/completions","body":{}}');
    const { id } = await order(scene.red, rows);
    const batch = await reached(scene.red, id, scene.clock);
    assert.equal(batch.errors?.data?.[0]?.code, "too_many_tasks");
  });

  it("with more faults than anybody reads tells of the first hundred", async () => {
    await using scene = await openScene();
    const { id } = await order(scene.red, Array.from({ length: 300 }, () => "x"));
    const batch = await reached(scene.red, id, scene.clock);
    assert.equal(batch.errors?.data?.length, 100);
  });

  it("with a line longer than a request may be fails the batch", async () => {
    await using scene = await openScene({ gateway: { server: { maxBodyBytes: 2000 } } });
    const { id } = await order(scene.red, [good("a"), row("b", sandbox, "x".repeat(3000)), good("c")]);
    const batch = await reached(scene.red, id, scene.clock);
    assert.deepEqual(batch.errors?.data?.map(({ code, line }) => [code, line]), [["line_too_long", 2]]);
  });

  it("may begin with a byte order mark, end lines as Windows does, and be deleted meanwhile", async () => {
    await using scene = await openScene();
    const text = `\ufeff${JSON.stringify(good("a"))}\r\n${JSON.stringify(good("b"))}\r\n`;
    const input = await scene.red.files.create({
      file: await toFile(Buffer.from(text), "w"),
      purpose: "batch",
    });
    const { id } = await scene.red.batches.create({
      input_file_id: input.id,
      endpoint: "/v1/chat/completions",
      completion_window: "24h",
    });
    await scene.red.files.delete(input.id);
    const batch = await reached(scene.red, id, scene.clock);
    assert.deepEqual([batch.status, batch.request_counts?.completed], ["completed", 2]);
  });
});

describe("an order", () => {
  const wrong: readonly (readonly [string, object, number, RegExp])[] = [
    ["an unknown file", { input_file_id: "file-none" }, 404, /no file/],
    ["a file that climbs", { input_file_id: "../loom.db" }, 404, /no file/],
    ["an endpoint that takes none", { endpoint: "/v1/audio/speech" }, 400, /endpoint.*must be one of/],
    ["another window", { completion_window: "7d" }, 400, /completion_window.*24h/],
    ["no window", { completion_window: undefined }, 400, /completion_window/],
    ["metadata of numbers", { metadata: { a: 1 } }, 400, /metadata/],
    ["too short an expiry", { output_expires_after: { anchor: "created_at", seconds: 5 } }, 400, /seconds/],
  ];
  for (const [what, change, status, message] of wrong) {
    it(`with ${what} is refused`, async () => {
      await using scene = await openScene();
      const error = await refused(order(scene.red, [good("a")], change));
      assert.equal(error.status, status);
      assert.match(error.message, message);
      assert.equal((await scene.red.batches.list()).data.length, 0);
    });
  }

  it("of a file with another purpose is refused", async () => {
    await using scene = await openScene();
    const file = await scene.red.files.create({
      file: await toFile(Buffer.from("{}"), "x"),
      purpose: "user_data",
    });
    const asked = { endpoint: "/v1/chat/completions", completion_window: "24h" } as const;
    const error = await refused(scene.red.batches.create({ input_file_id: file.id, ...asked }));
    assert.match(error.message, /purpose batch/);
  });

  it("with an idempotency key makes one batch, however often it comes", async () => {
    await using folder = await folderOf();
    await using scene = await openScene({ gateway: { dataFile: folder.file("loom.db") } });
    const { red, blue } = scene;
    const file = await red.files.create({
      file: await toFile(Buffer.from(JSON.stringify(good("a"))), "x"),
      purpose: "batch",
    });
    const asked = {
      input_file_id: file.id,
      endpoint: "/v1/chat/completions",
      completion_window: "24h",
    } as const;
    const headers = { "idempotency-key": "once" };
    const made = await Promise.all([1, 2, 3].map(() => red.batches.create(asked, { headers })));
    assert.equal(new Set(made.map(({ id }) => id)).size, 1);
    const other = await refused(red.batches.create({ ...asked, metadata: { a: "b" } }, { headers }));
    assert.equal(other.status, 409);
    assert.equal((await red.batches.list()).data.length, 1);
    assert.notEqual(
      (await order(blue, [good("a")], {}, { headers })).id,
      made[0]?.id,
      "keys are each tenant's own",
    );
    await reached(red, made[0]?.id ?? "", scene.clock);
    await red.batches.create(asked, { headers });
    // It goes after the batch has been said to be complete, and nothing of it comes back.
    const batches = `${folder.file("loom.db")}.files/batches`;
    await until("the batch's folder is gone", () => !readdirSync(batches).includes(made[0]?.id ?? ""));
  });

  it("says how long its files are kept", async () => {
    await using scene = await openScene();
    const { id } = await order(scene.red, [good("a")], {
      output_expires_after: { anchor: "created_at", seconds: 7200 },
    });
    const { output_file_id } = await reached(scene.red, id, scene.clock);
    const { created_at, expires_at = 0 } = await scene.red.files.retrieve(output_file_id ?? "");
    assert.equal(expires_at - created_at, 7200);
  });
});

describe("batches", () => {
  it("are seen by the tenant that ordered them, and by nobody else", async () => {
    await using scene = await openScene();
    const { red, blue, navy, clock } = scene;
    const { id, input_file_id } = await order(blue, [good("a")]);
    for (const asked of [red.batches.retrieve(id), red.batches.cancel(id)]) {
      assert.equal((await refused(asked)).status, 404);
    }
    const asked = { endpoint: "/v1/chat/completions", completion_window: "24h" } as const;
    assert.equal((await refused(red.batches.create({ input_file_id, ...asked }))).status, 404);
    assert.equal((await red.batches.list()).data.length, 0);
    const batch = await reached(navy, id, clock);
    assert.equal(batch.status, "completed");
    assert.equal((await refused(red.files.content(batch.output_file_id ?? ""))).status, 404);
    assert.equal((await navy.files.retrieve(batch.output_file_id ?? "")).bytes > 0, true);
  });

  it("are listed page by page, newest first", async () => {
    await using scene = await openScene();
    const made: string[] = [];
    for (const name of ["a", "b", "c"]) made.unshift((await order(scene.red, [good(name)])).id);
    const found: string[] = [];
    for await (const { id } of scene.red.batches.list({ limit: 2 })) found.push(id);
    assert.deepEqual(found, made);
    assert.equal((await scene.red.batches.list({ limit: 2 })).has_more, true);
    assert.equal((await refused(scene.red.batches.list({ after: "batch_none" }))).status, 404);
    assert.equal((await refused(scene.red.batches.list({ limit: 101 }))).status, 400);
  });

  it("that are over cannot be cancelled", async () => {
    await using scene = await openScene();
    const { id } = await order(scene.red, [good("a")]);
    await reached(scene.red, id, scene.clock);
    const error = await refused(scene.red.batches.cancel(id));
    assert.match(error.message, /completed and cannot be cancelled/);
  });

  it("and files are not served without a key", async () => {
    await using scene = await openScene();
    for (const path of ["files", "batches", "files/x", "batches/x"]) {
      const answer = await fetch(`${scene.url}/v1/${path}`);
      await answer.body?.cancel();
      assert.equal(answer.status, 401, path);
    }
  });
});
