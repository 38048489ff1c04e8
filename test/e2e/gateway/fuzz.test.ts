/** Thousands of spoilt requests in every format: each is served or refused as the caller's fault, and none is the gateway's. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { JsonObject } from "../../../src/contract/json.ts";
import { formats, numbers, pick, spoilt } from "./fuzz-bodies.ts";
import { settled, startMockedGateway } from "./support.ts";

const perFormat = 200;
let running: Awaited<ReturnType<typeof startMockedGateway>>;

before(async () => {
  running = await startMockedGateway({}, { retry: false, breaker: false });
  running.vendor.mock.onEmbedding(/[^]*/, { embedding: [1] }).onImage(/[^]*/, { image: { b64Json: "aaaa" } })
    .onSpeech(/[^]*/, { audio: "SUQz", format: "mp3" }).onModerate(/[^]*/, {
      flagged: false,
      categories: {},
      category_scores: {},
    })
    .on({}, { content: "fine" });
});
after(async () => {
  await settled(running);
  await running.close();
});

for (const [position, [path, models, body]] of formats.entries()) {
  describe(path, () => {
    const ask = async (request: JsonObject) => {
      const answer = await running.gateway.fetch(
        new Request(`http://localhost${path}`, { method: "POST", body: JSON.stringify(request) }),
        { fromLoopback: true },
      );
      return { status: answer.status, text: await answer.text() };
    };

    for (const model of models) {
      it(`as it should be, for ${model}`, async () => {
        const { status, text } = await ask({ model, ...body });
        assert.equal(status, 200, text);
      });
    }

    it(`spoilt ${perFormat} times`, async () => {
      const random = numbers(4_711 + position);
      const statuses = new Set<number>();
      for (let count = 0; count < perFormat; count++) {
        const rate = pick([0.004, 0.01, 0.02, 0.05], random);
        const fields = spoilt(body, rate, random);
        const isObject = typeof fields === "object" && fields !== null && !Array.isArray(fields);
        const request: JsonObject = { model: pick(models, random), ...isObject ? fields as JsonObject : {} };
        const { status, text } = await ask(random() < 0.3 ? { ...request, stream: true } : request);
        assert.ok(status < 500, `${status} ${text}, for ${JSON.stringify(request)}`);
        assert.doesNotMatch(text, /"code":"internal"|TypeError/, JSON.stringify(request));
        statuses.add(status);
      }
      assert.ok(statuses.has(200) && statuses.has(400), `both are met: ${[...statuses].join()}`);
    });
  });
}

describe("spoilt requests", () => {
  it("are nothing to complain of", () => assert.deepEqual(running.log, []));
});
