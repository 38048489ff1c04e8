/** Fireworks' batches: datasets of an account, jobs in many states. Shapes: docs.fireworks.ai, its Python client's types. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { BatchState } from "../../../../src/contract/batch.ts";
import type { Json, JsonObject } from "../../../../src/contract/json.ts";
import { fakeAttempting } from "../../../../src/testing/fake-context.ts";
import { walk, walkResults } from "../../../support/batch-steps.ts";
import { failureOf } from "../../../support/failure.ts";
import { codecOf, headOf } from "./support.ts";

const target = { upstreamModel: "accounts/fireworks/models/m1" };
const ctx = fakeAttempting({ target });
const head = headOf({ target });
const { batches } = codecOf("fireworks");
assert.ok(batches?.list !== undefined);
const { list } = batches;

const root = "/../../v1/accounts";
const id = "accounts/me/batchInferenceJobs/j1";
const accounts: Json = { accounts: [{ name: "accounts/me" }] };
const job = (state: string, change: JsonObject = {}): Json => ({
  name: id,
  createTime: "2026-11-01T10:00:00Z",
  state: `JOB_STATE_${state}`,
  outputDatasetId: "accounts/me/datasets/out",
  ...change,
});

describe("Fireworks' batches", () => {
  it("are a dataset, its lines, and a job with the label's name", () => {
    const row = batches.row({ customId: "row-0", ctx });
    const steps = batches.submit([row], ctx, "Try_1");
    const { value, requests } = walk(steps, head, accounts, { name: "d" }, {}, job("CREATING"));
    const [who, dataset, upload, create] = requests;
    assert.deepEqual([who?.method, who?.path], ["GET", root]);
    const made = JSON.parse(dataset?.body as string) as { readonly datasetId: string };
    assert.equal(dataset?.path, `${root}/me/datasets`);
    assert.deepEqual(made, { datasetId: made.datasetId, dataset: { userUploaded: {} } });
    assert.match(made.datasetId, /^[a-z][a-z0-9-]{1,62}$/);
    assert.equal(upload?.path, `${root}/me/datasets/${made.datasetId}:upload`);
    assert.ok(new TextDecoder().decode(upload?.body as Uint8Array).includes(`${row}\n`));
    assert.match(create?.path ?? "", /\/me\/batchInferenceJobs\?batchInferenceJobId=[a-z][a-z0-9-]{1,62}$/);
    assert.deepEqual(JSON.parse(create?.body as string), {
      model: "accounts/fireworks/models/m1",
      inputDatasetId: `accounts/me/datasets/${made.datasetId}`,
      outputDatasetId: `accounts/me/datasets/${made.datasetId}-out`,
      displayName: "Try_1",
    });
    assert.deepEqual(requests.map(({ once }) => once), [undefined, undefined, undefined, true]);
    assert.deepEqual([value.id, value.status], [id, "validating"]);

    const again = walk(
      batches.submit([row], fakeAttempting({ target, attempt: 2 }), "Try_1"),
      head,
      accounts,
      {},
      {},
      job("CREATING"),
    );
    assert.equal(again.requests[3]?.path, create?.path, "the job can be begun once");
    assert.notEqual(again.requests[1]?.body, dataset?.body, "a dataset that is there is not made again");
  });

  it("have lines without the model, which the job names", () => {
    const { custom_id, body, ...rest } = JSON.parse(batches.row({ customId: "row-0", ctx })) as JsonObject;
    assert.equal(custom_id, "row-0");
    assert.deepEqual(rest, {});
    assert.equal((body as JsonObject)["model"], undefined);
  });

  it("belong to one account", async () => {
    const begin = batches.submit(["{}"], ctx);
    const two: Json = { accounts: [{ name: "accounts/a" }, { name: "accounts/b" }] };
    assert.match(
      (await failureOf(() => begin.decode(two, head), "invalid-request")).message,
      /several accounts \(a, b\)/,
    );
    await failureOf(() => begin.decode({}, head), "invalid-reply");
  });

  it("are found by the job's name", () => {
    const { requests } = walk(batches.submit(["{}"], ctx, "one"), head, accounts, {}, {}, job("CREATING"));
    const mine = /Id=(.*)$/.exec(requests[3]?.path ?? "")?.[1] ?? "";
    const jobs = [job("RUNNING"), job("RUNNING", { name: `accounts/me/batchInferenceJobs/${mine}` })];
    const { value, requests: asked } = walk(list(ctx, "one"), head, accounts, {
      batchInferenceJobs: jobs,
      nextPageToken: "t",
    });
    assert.equal(asked[1]?.path, `${root}/me/batchInferenceJobs?pageSize=200`);
    assert.deepEqual(value.batches.map(({ carries }) => carries), [false, true]);
    assert.equal(value.next?.request.path, `${root}/me/batchInferenceJobs?pageSize=200&pageToken=t`);
    assert.deepEqual(value.next?.decode({}, head), { batches: [] });
  });

  it("are cancelled, and looked at then", () => {
    const { value, requests } = walk(batches.cancel(ctx, id), head, {}, job("CANCELLING"));
    assert.deepEqual(requests.map(({ method, path }) => [method, path]), [
      ["POST", `${root}/me/batchInferenceJobs/j1:cancel`],
      ["GET", `${root}/me/batchInferenceJobs/j1`],
    ]);
    assert.equal(value.status, "in_progress");
  });

  const progress = (successfullyProcessedRequests: number): JsonObject => ({
    jobProgress: { totalInputRequests: 3, successfullyProcessedRequests, failedRequests: 0 },
  });
  const states: readonly (readonly [
    word: string,
    change: JsonObject,
    status: BatchState["status"],
    hasResults: boolean,
  ])[] = [
    ["UNSPECIFIED", {}, "unknown", false],
    ["CREATING", {}, "validating", false],
    ["CREATING_INPUT_DATASET", {}, "validating", false],
    ["VALIDATING", {}, "validating", false],
    ["PENDING", {}, "validating", false],
    ["RUNNING", progress(1), "in_progress", false],
    ["WRITING_RESULTS", progress(3), "in_progress", false],
    ["RE_QUEUEING", {}, "in_progress", false],
    ["IDLE", {}, "in_progress", false],
    ["PAUSED", {}, "in_progress", false],
    ["CANCELLING", {}, "in_progress", false],
    ["COMPLETED", progress(3), "completed", true],
    ["EARLY_STOPPED", {}, "completed", true],
    ["FAILED", {}, "failed", false],
    ["EXPIRED", {}, "expired", true],
    ["EXPIRED", progress(0), "expired", false],
    ["CANCELLED", {}, "cancelled", false],
    ["CANCELLED", progress(1), "cancelled", true],
    ["DELETING", progress(1), "cancelled", false],
    ["DELETING_CLEANING_UP", {}, "cancelled", false],
    ["RESTING", {}, "unknown", false],
  ];
  for (const [word, change, status, hasResults] of states) {
    it(`that are ${word} ${JSON.stringify(change)} are ${status}`, () => {
      const found = batches.status(ctx, id).decode(job(word, change), head);
      assert.deepEqual([found.id, found.status, found.vendorStatus, found.hasResults, found.createdAtMs], [
        id,
        status,
        `JOB_STATE_${word}`,
        hasResults,
        Date.parse("2026-11-01T10:00:00Z"),
      ]);
    });
  }

  it("say why they failed", () => {
    const failed = job("FAILED", { status: { code: "INVALID_ARGUMENT", message: "line 2 is bad" } });
    assert.equal(batches.status(ctx, id).decode(failed, head).problem, "line 2 is bad");
  });
});

const answer: JsonObject = {
  id: "c1",
  choices: [{ index: 0, message: { role: "assistant", content: "Hi." }, finish_reason: "stop" }],
};

describe("Fireworks' results", () => {
  const urls: Json = {
    filenameToSignedUrls: {
      "d/BIJOutputSet.jsonl": "https://storage.example/1?s",
      "d/error-data.jsonl": "https://storage.example/2",
    },
  };
  for (const dataset of ["accounts/me/datasets/out", "out"]) {
    it(`stand in the files of ${dataset}`, () => {
      const { paths, files } = walkResults(
        batches.results(ctx, id),
        head,
        job("COMPLETED", { outputDatasetId: dataset }),
        urls,
      );
      assert.deepEqual(paths, [
        `${root}/me/batchInferenceJobs/j1`,
        `${root}/me/datasets/out:getDownloadEndpoint`,
      ]);
      assert.deepEqual(files.map(({ path }) => path), [
        "https://storage.example/1?s",
        "https://storage.example/2",
      ]);
    });
  }

  for (const response of [answer, { status_code: 200, body: answer }]) {
    it(`are answers: ${Object.keys(response).join()}`, () => {
      const row: Json = { custom_id: "row-0", response };
      assert.equal(batches.customIdOf(row), "row-0");
      assert.ok(batches.decodeRow(row, head).some((part) => part.type === "text" && part.text === "Hi."));
    });
  }

  it("are errors", async () => {
    await failureOf(
      () => batches.decodeRow({ custom_id: "r", error: { message: "oh" } }, head),
      "provider-failed",
    );
    await failureOf(() => batches.decodeRow({ custom_id: "r" }, head), "invalid-reply");
  });

  it("that are nowhere are missed", async () => {
    await failureOf(() => walkResults(batches.results(ctx, id), head, { name: id }), "invalid-reply");
    await failureOf(() => walkResults(batches.results(ctx, id), head, job("COMPLETED"), {}), "invalid-reply");
  });
});
