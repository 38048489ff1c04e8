/** Batches of vendors with ways of their own, from handing in to results, through a Loom and real sockets. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Json } from "../../src/contract/json.ts";
import { bareLoom } from "../support/looms.ts";
import { type Arrived, serve, type TestServer } from "../support/server.ts";
import { avroFile } from "../plugins/dialects/cohere/avro-file.ts";

/** What a vendor has been sent, and what it answers: JSON, or bytes of a file. */
type Answer = (arrived: Arrived) => Json | Uint8Array | undefined;

interface Vendor {
  readonly model: string;
  /** Its API's own path. */
  readonly path: string;
  answer(server: () => string): Answer;
}

const chat = (text: string) => ({
  id: "c",
  choices: [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
});

/** Ids of the rows in an upload, in their order. */
const idsIn = (body: string) =>
  [...body.matchAll(/^\{"custom_id":"([\w-]+)"/gm)].map(([, id]) => id as string);

const vendors: Readonly<Record<string, Vendor>> = {
  xai: {
    model: "grok-4",
    path: "/v1",
    answer() {
      let rows: readonly string[] = [];
      let name: Json = null;
      const batch = () => ({
        batch_id: "b",
        name,
        state: { num_requests: rows.length, num_pending: 0, num_success: rows.length },
      });
      return ({ method, url, body }) => {
        if (url === "/v1/files") {
          rows = idsIn(body);
          return { id: "f" };
        }
        if (url === "/v1/batches" && method === "POST") {
          name = (JSON.parse(body) as { readonly name: string }).name;
          return batch();
        }
        if (url === "/v1/batches?limit=100") return { batches: name === null ? [] : [batch()] };
        if (url === "/v1/batches/b") return batch();
        const page = /\/v1\/batches\/b\/results\?limit=100(?:&pagination_token=(\d))?$/.exec(url);
        if (page === null) return undefined;
        const at = Number(page[1] ?? 0);
        const response = { chat_get_completion: chat(`row ${at}`) };
        return {
          results: [{ batch_request_id: rows[at] ?? "", batch_result: { response } }],
          pagination_token: at + 1 < rows.length ? String(at + 1) : null,
        };
      };
    },
  },
  fireworks: {
    model: "accounts/fireworks/models/deepseek-v4-pro",
    path: "/inference/v1",
    answer(server) {
      let rows: readonly string[] = [];
      let jobs: readonly {
        readonly name: string;
        readonly state: string;
        readonly outputDatasetId: string;
      }[] = [];
      return ({ method, url, body }) => {
        if (url === "/v1/accounts") return { accounts: [{ name: "accounts/me" }] };
        if (url === "/v1/accounts/me/datasets") return {};
        if (url.endsWith(":upload")) {
          rows = idsIn(body);
          return {};
        }
        const begun = /batchInferenceJobs\?batchInferenceJobId=(.*)$/.exec(url)?.[1];
        if (begun !== undefined && method === "POST") {
          const { outputDatasetId } = JSON.parse(body) as { readonly outputDatasetId: string };
          jobs = [{
            name: `accounts/me/batchInferenceJobs/${begun}`,
            state: "JOB_STATE_COMPLETED",
            outputDatasetId,
          }];
          return jobs[0] as Json;
        }
        if (url.includes("batchInferenceJobs?pageSize")) return { batchInferenceJobs: jobs as Json };
        if (url.includes("/batchInferenceJobs/")) {
          return jobs.find(({ name }) => url.endsWith(name)) as Json | undefined;
        }
        if (url.endsWith(":getDownloadEndpoint")) {
          return { filenameToSignedUrls: { "out.jsonl": `${server()}/signed` } };
        }
        if (url !== "/signed") return undefined;
        const lines = rows.map((custom_id, at) => JSON.stringify({ custom_id, response: chat(`row ${at}`) }));
        return new TextEncoder().encode(lines.toReversed().join("\n"));
      };
    },
  },
  cohere: {
    model: "command-a-03-2025",
    path: "",
    answer(server) {
      let rows: readonly string[] = [];
      let name: Json = null;
      const batch = () => ({ id: "b", name, status: "BATCH_STATUS_COMPLETED", output_dataset_id: "out" });
      return ({ method, url, body }) => {
        if (url.startsWith("/v1/datasets?")) {
          rows = idsIn(body);
          return { id: "in" };
        }
        if (url === "/v1/datasets/in") return { dataset: { id: "in", validation_status: "validated" } };
        if (url === "/v1/datasets/out") {
          return { dataset: { id: "out", dataset_parts: [{ url: `${server()}/part` }] } };
        }
        if (url === "/v2/batches" && method === "POST") {
          name = (JSON.parse(body) as { readonly name: string }).name;
          return { batch: batch() };
        }
        if (url.startsWith("/v2/batches?")) return { batches: name === null ? [] : [batch()] };
        if (url === "/v2/batches/b") return { batch: batch() };
        if (url !== "/part") return undefined;
        const content = {
          type: "array",
          items: {
            type: "record",
            name: "block",
            fields: [{ name: "type", type: "string" }, { name: "text", type: "string" }],
          },
        };
        const message = { type: "record", name: "message", fields: [{ name: "content", type: content }] };
        const answer = {
          type: "record",
          name: "answer",
          fields: [{ name: "finish_reason", type: "string" }, { name: "message", type: message }],
        };
        const schema = {
          type: "record",
          name: "row",
          fields: [{ name: "custom_id", type: "string" }, { name: "body", type: ["null", answer] }],
        };
        return avroFile(
          schema,
          rows.map((custom_id, at) => ({
            custom_id,
            body: { finish_reason: "COMPLETE", message: { content: [{ type: "text", text: `row ${at}` }] } },
          })),
          "deflate",
        );
      };
    },
  },
};

for (const [provider, { model, path, answer }] of Object.entries(vendors)) {
  describe(`batches of ${provider}`, () => {
    let server: TestServer;
    let answers: Answer;

    before(async () => {
      server = await serve((arrived) => {
        const found = answers(arrived);
        const type = found instanceof Uint8Array ? "application/octet-stream" : "application/json";
        arrived.response.writeHead(found === undefined ? 404 : 200, { "content-type": type });
        arrived.response.end(
          found instanceof Uint8Array ? found : JSON.stringify(found ?? { message: "not found" }),
        );
      });
      answers = answer(() => server.url);
    });
    after(() => server.close());

    it("are handed in once, waited for and read", async () => {
      await using loom = bareLoom({
        providers: { [provider]: { baseUrl: server.url + path, apiKey: "key-1" } },
      });
      const requests = ["one", "two"].map((prompt) => ({ provider, model, prompt }));
      const handle = await loom.submitBatch(requests, { idempotencyKey: "try-1" });
      const again = await loom.submitBatch(requests, { idempotencyKey: "try-1" });
      assert.equal(again.parts[0]?.id, handle.parts[0]?.id);
      assert.equal((await handle.wait({ pollIntervalMs: 1 })).status, "completed");
      const outcomes = await handle.results();
      assert.deepEqual(outcomes.map(({ result, error }) => result?.text ?? error?.message), [
        "row 0",
        "row 1",
      ]);
      assert.ok(server.requests.every(({ headers }) => headers.authorization === "Bearer key-1"));
      const begun = server.requests.filter(({ method, url }) =>
        method === "POST" && /[bB]atch/.test(url) && !url.includes("datasets")
      );
      assert.equal(begun.length, 1);
    });
  });
}
