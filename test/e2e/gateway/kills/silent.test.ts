/** Vendors that fall silent, or leave, half-way: deadlines end what they leave hanging, and the next vendor answers where it can. */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startGateway, type TestGateway } from "../../../support/running-gateway.ts";
import { type Arrived, serve, type TestServer, until } from "../../../support/server.ts";
import { tongues } from "../tongues.ts";
import { assertEnded, count, crowd, type Ending, longest, report } from "./crowd.ts";
import { nanoUsdOf } from "./prices.ts";
import { type MortalVendor, startVendor } from "./vendor.ts";

const key = "silent-key-0123456789abcdef";
/** For streams, which have parts to wait for; an answer in one piece has but the time of the whole call. */
const deadlineMs = 500;
const totalMs = 1_500;
const each = 40;
/** Slack for a machine that is busy. */
const slackMs = 5_000;

/** Eight letters, which are taken for two tokens where the vendor counts none. */
const half = "half of ";
const halfNanoUsd = nanoUsdOf(2);

function begin({ response }: Arrived, type: string, text: string, then: () => void = () => {}): void {
  response.writeHead(200, { "content-type": type });
  response.flushHeaders();
  if (text !== "") response.write(text, then);
}

interface Manner {
  answer(arrived: Arrived): void;
  /** Only for these; for both without it. */
  readonly stream?: boolean;
  /** What comes of it when nobody else can answer: a status, or a stream that says that it broke. */
  readonly alone: 502 | 504 | "broken";
  readonly silent: boolean;
}

const manners: Readonly<Record<string, Manner>> = {
  "nothing at all": { answer: () => {}, alone: 504, silent: true },
  "headers, then nothing": {
    answer: (arrived) =>
      begin(arrived, JSON.parse(arrived.body).stream === true ? "text/event-stream" : "application/json", ""),
    alone: 504,
    silent: true,
  },
  "half an object, then nothing": {
    answer: (arrived) => begin(arrived, "application/json", '{"id":"c","choices":[{"index":0,'),
    stream: false,
    alone: 504,
    silent: true,
  },
  "half an object, and leaves": {
    answer: (arrived) =>
      begin(
        arrived,
        "application/json",
        '{"id":"c","choices":[{"index":0,',
        () => arrived.response.socket?.destroy(),
      ),
    stream: false,
    alone: 502,
    silent: false,
  },
  "comments only": {
    answer: (arrived) => begin(arrived, "text/event-stream", ": wait\n\n"),
    stream: true,
    alone: 504,
    silent: true,
  },
  "half a stream, then nothing": {
    answer: (arrived) =>
      begin(arrived, "text/event-stream", tongues.openai.opening + tongues.openai.word(half)),
    stream: true,
    alone: "broken",
    silent: true,
  },
  "half a stream, and leaves": {
    answer: (arrived) =>
      begin(
        arrived,
        "text/event-stream",
        tongues.openai.opening + tongues.openai.word(half),
        // What was written is to arrive before the end does.
        () => arrived.response.socket?.end(),
      ),
    stream: true,
    alone: "broken",
    silent: false,
  },
};

let ill: TestServer;
let well: MortalVendor;
let alone: TestGateway;
let both: TestGateway;

before(async () => {
  const names = Object.keys(manners);
  ill = await serve((arrived) => {
    const [id] = JSON.parse(arrived.body).messages[0].content.split("-");
    manners[names[Number(id)] ?? ""]?.answer(arrived);
  });
  well = await startVendor("well");
  [alone, both] = await Promise.all([false, true].map(started)) as [TestGateway, TestGateway];
});
after(async () => {
  await alone.close();
  await both.close();
  await ill.close();
  await well.close();
});

function started(withOther: boolean): Promise<TestGateway> {
  const names = withOther ? ["ill", "well"] : ["ill"];
  const provider = (url: string) => ({ type: "openai", baseUrl: `${url}/v1`, apiKey: "sk-vendor" });
  return startGateway({
    loom: {
      providers: { ill: provider(ill.url), ...(withOther && { well: provider(well.url) }) },
      limits: {},
      breaker: false,
      retry: false,
      timeouts: { firstPartMs: deadlineMs, idleMs: deadlineMs, totalMs },
    },
    gateway: {
      models: { providers: names.map((name) => ({ name, models: ["gpt-4o-mini"] })) },
      keys: { list: [{ key, concurrentRequests: each }] },
    },
  });
}

async function askAll(gateway: TestGateway, index: number, stream?: boolean): Promise<readonly Ending[]> {
  const ends = await crowd(each, (one) => ({
    url: gateway.url ?? "",
    key,
    id: `${index}-${one}`,
    patienceMs: totalMs + slackMs,
    ...(stream === undefined ? {} : { stream }),
  }));
  assertEnded(ends);
  await until("nothing is under way", () => gateway.generation.gateway.inFlight === 0);
  return ends;
}

const all: Ending[] = [];
/** Streams that broke after they had begun, which are to be paid for. */
let broken = 0;

describe("a vendor that says", () => {
  for (const [index, [name, manner]] of Object.entries(manners).entries()) {
    test(`${name}: nobody hangs`, async (t) => {
      const { alone: fate, silent, stream } = manner;
      // One test after the other, so that each wave needs all the places that its key has.
      const [ends, others] = await Promise.all(
        [alone, both].map((gateway) => askAll(gateway, index, stream)),
      ) as [
        readonly Ending[],
        readonly Ending[],
      ];
      if (fate === "broken") {
        for (const { how, text } of [...ends, ...others]) assert.deepEqual([how, text], ["broken", half]);
        broken += 2 * each;
      } else {
        assert.deepEqual([...new Set(ends.map(({ how, status }) => `${how} ${status}`))], [
          `refused ${fate}`,
        ]);
        // What has used up the time of the whole call has none left for another vendor.
        for (const { how, status, text, stream } of others) {
          const late = silent && !stream;
          assert.deepEqual([how, status], late ? ["refused", 504] : ["answered", 200]);
          assert.match(text, late ? /its total deadline/ : /^well/);
        }
      }
      const waited = [...ends, ...others];
      assert.ok(longest(waited) < totalMs + slackMs, `${longest(waited)} ms`);
      if (silent) {
        assert.ok(Math.min(...waited.map(({ ms }) => ms)) > deadlineMs * 0.8, "it was given no time");
      }
      all.push(...waited);
      report(t, waited, { "failed over": count(others, ({ how }) => how === "answered") });
    });
  }

  test("all that: it is let go of, and what was said is counted", async (t) => {
    for (const { left } of ill.requests) await left;
    assert.equal(ill.open, 0);
    const counted = await usageNanoUsd(alone) + await usageNanoUsd(both);
    assert.equal(counted, broken * halfNanoUsd + well.nanoUsd);
    report(t, all, { "nano-USD said": broken * halfNanoUsd + well.nanoUsd, counted });
  });
});

async function usageNanoUsd(gateway: TestGateway): Promise<number> {
  const { rows } = await (await gateway.admin("/ai/usage?last=1h")).json();
  return Math.round(rows[0].cost_usd * 1e9);
}
