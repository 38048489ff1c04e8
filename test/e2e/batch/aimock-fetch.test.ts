/** Datasets through the batches of a mock of OpenAI that this project did not write. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { openScene, type Scene } from "../../batch/vendor/scene.ts";
import { failureOf } from "../../support/failure.ts";
import { goodKey, type MockVendor, startMockVendor } from "../mock-vendor.ts";

let mock: MockVendor;

before(async () => {
  mock = await startMockVendor();
});
after(() => mock.close());

/** A job whose batch has this end in the mock's mind. */
async function ending(outcome: string): Promise<Scene> {
  return await openScene({ "data.csv": "id,text\n1,a\n2,b\n" }, {
    openai: {
      baseUrl: mock.baseUrl("openai"),
      apiKey: goodKey,
      headers: { "X-AIMock-Batch-Outcome": outcome },
    },
  });
}

/** The mock's batches get on with every question; it says `in_progress` once. */
async function handIn(scene: Scene): Promise<string> {
  await scene.run({ asked: { provider: "openai" } });
  const id = /id=(\S+)/.exec(scene.told()[0] ?? "")?.[1] ?? "";
  await scene.fetch();
  assert.match(scene.told()[0] ?? "", new RegExp(`^id=${id} provider=openai status=in_progress `));
  return id;
}

describe("a dataset in the batches of a mock", () => {
  it("is handed in, waited for and written", async () => {
    await using scene = await ending("completed");
    const id = await handIn(scene);
    await scene.fetch();
    assert.match(scene.told()[0] ?? "", new RegExp(`^Fabric complete\\. id=${id} -> `));
    assert.equal(
      await scene.read("data_results_openai_gpt-4o-mini.csv"),
      "id,text,llm_response\n1,a,Mock batch completion\n2,b,Mock batch completion\n",
    );
  });

  for (const outcome of ["failed", "expired", "cancelled"]) {
    it(`is not written when it ends as ${outcome}`, async () => {
      await using scene = await ending(outcome);
      await handIn(scene);
      assert.match((await failureOf(scene.fetch(), "provider-failed")).message, new RegExp(outcome));
      assert.ok((await scene.names(".")).every((name) => !name.includes("results")));
    });
  }
});
