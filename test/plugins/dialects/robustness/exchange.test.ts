/** Recorded answers over a real socket, in the other form than the one that was asked for: right, or an error that says so. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Answer } from "../../../../src/contract/reply.ts";
import type { Http } from "../../../../src/contract/services.ts";
import { LoomError } from "../../../../src/errors/index.ts";
import { fakeClock } from "../../../../src/testing/fake-clock.ts";
import { createHttp } from "../../../../src/wire/http.ts";
import { follow } from "../../../support/follow.ts";
import { serve } from "../../../support/server.ts";
import { exchangeWith } from "../../../support/wire-codec.ts";
import { decoded } from "./changes.ts";
import { corpus } from "./corpus.ts";
import { endedWordsOf } from "./meaning.ts";
import type { Outcome, Sample } from "./sample.ts";
import { written } from "./wire-forms.ts";

let http: Http;
before(() => void (http = createHttp(fakeClock())));
after(() => http.close());

/** Asks for an answer of one form and is given a body of this type. */
async function asked(
  sample: Sample,
  stream: boolean,
  type: string,
  body: Uint8Array | string,
): Promise<Outcome> {
  const server = await serve(({ response }) =>
    void response.writeHead(200, type === "" ? {} : { "content-type": type }).end(body)
  );
  const codec = {
    ...sample.codec,
    encode: () => ({ method: "POST", path: "/", body: "{}", stream } as const),
  };
  try {
    const answer: Answer = await http.exchange(sample.head.ctx, exchangeWith(server.url, { codec }));
    if ("parts" in answer) return { parts: answer.parts };
    const reading = follow(answer);
    const end = await reading.ended;
    return "error" in end ? { parts: reading.parts, error: end.error } : { parts: reading.parts };
  } catch (error) {
    return { parts: [], error };
  } finally {
    await server.close();
  }
}

const isGood = (sample: Sample): boolean => decoded(sample).error === undefined;
const dialects = [...new Set(corpus.map(({ dialect }) => dialect))].filter((dialect) => dialect !== "media");

for (const dialect of dialects) {
  const ofDialect = corpus.filter((sample) => sample.dialect === dialect && isGood(sample));
  const whole = ofDialect.filter(({ bodies, head }) =>
    bodies?.length === 1 && head.ctx.call.modality === "text"
  );
  const streamed = ofDialect.filter(({ events }) => events !== undefined);

  describe(dialect, { timeout: 60_000 }, () => {
    it("a whole answer to a request for a stream is the answer", async () => {
      assert.ok(whole.length > 0);
      for (const sample of whole.slice(0, 5)) {
        for (const type of ["application/json", "application/json; charset=utf-8"]) {
          const outcome = await asked(sample, true, type, JSON.stringify(sample.bodies?.[0]));
          assert.equal(outcome.error, undefined, sample.name);
          assert.deepEqual(endedWordsOf(outcome), endedWordsOf(decoded(sample)), sample.name);
        }
      }
    });

    it("a whole answer that pretends to be a stream never ends well without its words", async () => {
      for (const sample of whole.slice(0, 5)) {
        for (const type of ["text/event-stream", "text/plain", ""]) {
          const outcome = await asked(sample, true, type, JSON.stringify(sample.bodies?.[0]));
          if (outcome.error !== undefined) assert.ok(isClear(outcome.error), `${type}: ${outcome.error}`);
          else assert.deepEqual(endedWordsOf(outcome), endedWordsOf(decoded(sample)));
        }
      }
    });

    it("a stream that nobody asked for, or that says it is JSON, is the answer or no answer", async () => {
      assert.ok(streamed.length > 0);
      for (const sample of streamed.slice(0, 5)) {
        const bytes = sample.bytes ?? written(sample.events ?? [], {});
        const tries = [[false, "text/event-stream"], [false, "application/json"], [
          true,
          "application/json",
        ]] as const;
        for (const [stream, type] of tries) {
          const outcome = await asked(sample, stream, type, bytes);
          if (outcome.error !== undefined) assert.ok(isClear(outcome.error), `${type}: ${outcome.error}`);
          else assert.deepEqual(endedWordsOf(outcome), endedWordsOf(decoded(sample)));
        }
      }
    });

    it("a stream of another type is the answer", async () => {
      for (const sample of streamed.slice(0, 5)) {
        const bytes = sample.bytes ?? written(sample.events ?? [], {});
        for (
          const type of ["text/event-stream; charset=utf-8", "text/plain", "application/octet-stream", ""]
        ) {
          const outcome = await asked(sample, true, type, bytes);
          assert.equal(outcome.error, undefined, `${sample.name}: ${type}`);
          assert.deepEqual(endedWordsOf(outcome), endedWordsOf(decoded(sample)), sample.name);
        }
      }
    });
  });
}

function isClear(error: unknown): boolean {
  return LoomError.is(error, "invalid-reply", "stream-broken");
}
