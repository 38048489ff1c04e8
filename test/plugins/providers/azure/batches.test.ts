/** Batches of a resource: deployments in the place of models, and paths with the version. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { deployedCodec } from "../../../../plugins/providers/azure/deployed-codec.ts";
import { endpointOf } from "../../../../plugins/providers/azure/endpoint.ts";
import { chat, classicChat } from "../../../../plugins/providers/azure/manifest.ts";
import type { BatchCodec, Operation } from "../../../../src/contract/dialect.ts";
import { fixedEnvironment } from "../../../../src/runtime/environment.ts";
import { fakeAttempting } from "../../../../src/testing/fake-context.ts";
import { walk, walkResults } from "../../../support/batch-steps.ts";
import { failureOf } from "../../../support/failure.ts";
import { dialect, headOf } from "../../dialects/openai-chat/support.ts";

const ctx = fakeAttempting({ target: { model: "gpt-4o", upstreamModel: "gpt-4o" } });
const head = headOf({ target: { model: "gpt-4o", upstreamModel: "gpt-4o" } });

function batchesOf(apiVersion?: string): BatchCodec {
  const endpoint = endpointOf(
    { endpoint: "https://acme.openai.azure.com", apiVersion },
    fixedEnvironment({}),
  );
  const codec = dialect.codec(endpoint.classic ? classicChat : chat);
  const { batches } = deployedCodec(codec, endpoint, { "gpt-4o": "mine" });
  assert.ok(batches !== undefined);
  return batches;
}

const apis = [
  [undefined, "", "/v1/chat/completions"],
  ["2024-10-21", "?api-version=2024-10-21", "/chat/completions"],
] as const;

for (const [version, query, url] of apis) {
  describe(`batches of the API ${version ?? "v1"}`, () => {
    const batches = batchesOf(version);

    it("name the deployment, and calls as the API does", () => {
      const row = JSON.parse(batches.row({ customId: "row-0", ctx })) as Record<
        string,
        Record<string, unknown>
      >;
      assert.equal(row["url"], url);
      assert.equal(row["body"]?.["model"], "mine");
      const upload = batches.submit([JSON.stringify(row)], ctx);
      assert.equal(upload.request.path, `/files${query}`);
      const { then: create } = upload.decode({ id: "f" }, head) as { readonly then: Operation<unknown> };
      assert.equal(create.request.path, `/batches${query}`);
      assert.equal(create.request.once, true);
      assert.equal((JSON.parse(create.request.body as string) as { endpoint: string }).endpoint, url);
    });

    it("are looked at, cancelled and fetched with the version", () => {
      assert.equal(batches.status(ctx, "b").request.path, `/batches/b${query}`);
      assert.equal(batches.cancel(ctx, "b").request.path, `/batches/b/cancel${query}`);
      const { paths, files } = walkResults(batches.results(ctx, "b"), head, { id: "b", output_file_id: "o" });
      assert.deepEqual(paths, [`/batches/b${query}`]);
      assert.deepEqual(files.map(({ path }) => path), [`/files/o/content${query}`]);
    });

    it("are listed with the version, and found by their label", () => {
      const { then: create } = batches.submit(["{}"], ctx, "one").decode({ id: "f" }, head) as {
        readonly then: Operation<unknown>;
      };
      const body = JSON.parse(create.request.body as string) as { readonly metadata?: unknown };
      assert.deepEqual(body.metadata, { loom: "one" });
      assert.ok(batches.list !== undefined);
      const list = { data: [{ id: "b", status: "validating", metadata: { loom: "one" } }], has_more: true };
      const { value, requests } = walk(batches.list(ctx, "one"), head, list);
      const more = query.replace("?", "&");
      assert.equal(requests[0]?.path, `/batches?limit=100${more}`);
      assert.equal(value.batches[0]?.carries, true);
      assert.equal(value.next?.request.path, `/batches?limit=100&after=b${more}`);
    });
  });
}

describe("a row that Azure's filter refused", () => {
  it("says which category it was", async () => {
    const error = {
      code: "content_filter",
      message: "The response was filtered",
      innererror: { content_filter_result: { violence: { filtered: true, severity: "high" } } },
    };
    const row = { custom_id: "row-0", response: { status_code: 400, body: { error } }, error: null };
    const { message } = await failureOf(() => batchesOf().decodeRow(row, head), "content-filtered");
    assert.match(message, /violence \(high\)/);
  });
});
