/** The provider through the whole chain: chat by key, jobs by signature, against a server that checks it. */

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { hunyuan } from "tencentcloud-sdk-nodejs-hunyuan";
import plugin from "../../../../plugins/providers/hunyuan/index.ts";
import { type Loom, LoomError } from "../../../../src/index.ts";
import { CLOCK } from "../../../../src/plugin.ts";
import { fakeClock } from "../../../../src/testing/fake-clock.ts";
import { bareLoom } from "../../../support/looms.ts";
import { complaintsOf } from "../../../support/options.ts";
import { serve, type TestServer } from "../../../support/server.ts";
import { secretId, secretKey, serveTencent } from "./tc3-server.ts";

interface Answer {
  /** What the job's status is at each question. */
  readonly states: readonly object[];
}

const pictures = {
  JobStatusCode: "5",
  ResultImage: ["https://cos.example/1.png", ""],
  ResultDetails: ["Success", "Bad"],
};
const film = { Status: "DONE", ResultVideoUrl: "https://cos.example/1.mp4", ErrorCode: "", ErrorMessage: "" };
const variables = {
  TENCENTCLOUD_SECRET_ID: secretId,
  TENCENTCLOUD_SECRET_KEY: secretKey,
  HUNYUAN_API_KEY: "sk-hy",
};

let answer: Answer = { states: [] };
let asked = 0;
let server: TestServer;
let chat: TestServer;
const looms: Loom[] = [];
const clock = fakeClock();

before(async () => {
  server = await serveTencent(({ headers }) => {
    if (String(headers["x-tc-action"]).startsWith("Submit")) return { JobId: "job-1" };
    return answer.states[Math.min(asked++, answer.states.length - 1)] ?? {};
  });
  chat = await serve(({ response }) => {
    const choices = [{ index: 0, message: { role: "assistant", content: "Hi." }, finish_reason: "stop" }];
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ id: "c", choices }));
  });
});
beforeEach(() => {
  asked = 0;
});
after(async () => {
  for (const loom of looms) await loom.close();
  await server.close();
  await chat.close();
});

function loom(given: Readonly<Record<string, string>> = variables): Loom {
  const made = bareLoom({
    variables: given,
    providers: { hunyuan: { baseUrl: chat.url, models: "open", options: { jobsUrl: server.url } } },
    retry: { maxAttempts: 1 },
    provide: [[CLOCK, clock]],
  });
  looms.push(made);
  return made;
}

/** Moves the clock until the call has ended. */
async function ended<T>(running: Promise<T>): Promise<T> {
  let over = false;
  const watched = running.finally(() => over = true);
  watched.catch(() => undefined);
  while (!over) {
    await clock.advance(500);
    await turn();
  }
  return await watched;
}

/** The clock runs ahead of the real connections, so the deadline is far away. */
const timeoutMs = 86_400_000;
const image = { provider: "hunyuan", modality: "image", model: "hunyuan-image", timeoutMs } as const;

describe("jobs", () => {
  it("make pictures, asked for until they are done", async () => {
    answer = { states: [{ JobStatusCode: "1" }, { JobStatusCode: "2" }, pictures] };
    const before = server.requests.length;
    const result = await ended(
      loom().generate({ ...image, prompt: "雨中的竹林", params: { n: 2, size: "768x1024" } }),
    );
    assert.deepEqual(result.images.map(({ url }) => url), ["https://cos.example/1.png"]);
    assert.equal(result.usage.images, 1);
    const [submit, ...queries] = server.requests.slice(before);
    assert.deepEqual(JSON.parse(submit?.body ?? ""), {
      Prompt: "雨中的竹林",
      Num: 2,
      Resolution: "768:1024",
    });
    assert.equal(submit?.headers["x-tc-version"], "2023-09-01");
    assert.equal(submit?.headers["x-tc-region"], "ap-guangzhou");
    assert.deepEqual(queries.map(({ body }) => JSON.parse(body)), Array(3).fill({ JobId: "job-1" }));
    assert.deepEqual(
      queries.map(({ headers }) => headers["x-tc-action"]),
      Array(3).fill("QueryHunyuanImageJob"),
    );
  });

  it("of the newer picture model and of films go to their services", async () => {
    answer = { states: [pictures] };
    const before = server.requests.length;
    await ended(loom().generate({ ...image, model: "hunyuan-image-3", prompt: "a", params: { seed: 7 } }));
    answer = { states: [{ Status: "RUN" }, film] };
    const request = {
      provider: "hunyuan",
      modality: "video",
      model: "hunyuan-video",
      prompt: "b",
      timeoutMs,
    } as const;
    const result = await ended(loom().generate(request));
    assert.deepEqual(result.videos.map(({ url }) => url), ["https://cos.example/1.mp4"]);
    const scopes = server.requests.slice(before).map(({ headers }) =>
      headers["authorization"]?.split("/")[2]
    );
    assert.deepEqual([...new Set(scopes)], ["aiart", "vclm"]);
  });

  const failures: readonly [string, object, string][] = [
    [
      "fails",
      { JobStatusCode: "4", JobErrorCode: "FailedOperation.GenerateFailed", JobErrorMsg: "no" },
      "provider-failed",
    ],
    ["is refused", {
      JobStatusCode: "4",
      JobErrorCode: "OperationDenied.TextIllegalDetected",
      JobErrorMsg: "no",
    }, "content-filtered"],
    [
      "is unknown",
      { Error: { Code: "InvalidParameterValue.JobId", Message: "no such job" } },
      "invalid-request",
    ],
    [
      "meets debts",
      { Error: { Code: "ResourceUnavailable.InArrears", Message: "overdue" } },
      "quota-exhausted",
    ],
    ["is done with nothing", { JobStatusCode: "5", ResultImage: [] }, "invalid-reply"],
  ];
  for (const [name, state, code] of failures) {
    it(`that ${name}`, async () => {
      answer = { states: [state] };
      await assert.rejects(ended(loom().generate({ ...image, prompt: "a" })), (error) => {
        assert.ok(LoomError.is(error), String(error));
        assert.equal(error.code, code, error.message);
        assert.match(error.message, /job-1/);
        return true;
      });
    });
  }

  it("that are asked for too often, or of a service that is busy, are asked for again, but not forever", async () => {
    const busy = (Code: string) => ({ Error: { Code, Message: "busy" } });
    answer = { states: [busy("RequestLimitExceeded"), busy("InternalError"), pictures] };
    const result = await ended(loom().generate({ ...image, prompt: "a" }));
    assert.equal(result.images.length, 1);
    asked = 0;
    answer = { states: [busy("RequestLimitExceeded.UinLimitExceeded")] };
    await assert.rejects(
      ended(loom().generate({ ...image, prompt: "a" })),
      (error) => LoomError.is(error, "rate-limited"),
    );
    assert.equal(asked, 11);
  });

  it("with a wrong secret are refused, without telling it", async () => {
    const wrong = { ...variables, TENCENTCLOUD_SECRET_KEY: "wrong-secret-0123456789" };
    await assert.rejects(ended(loom(wrong).generate({ ...image, prompt: "a" })), (error) => {
      assert.ok(LoomError.is(error, "auth-rejected"), String(error));
      assert.ok(!JSON.stringify([error, error.message, error.trace]).includes("wrong-secret"));
      return true;
    });
  });

  it("without a secret say which one is missing", async () => {
    await assert.rejects(
      ended(loom({ HUNYUAN_API_KEY: "x" }).generate({ ...image, prompt: "a" })),
      (error) => LoomError.is(error, "key-missing") && /TENCENTCLOUD_SECRET_ID/.test(error.message),
    );
  });
});

describe("Tencent's own client", () => {
  const credential = { secretId, secretKey };
  const make = (own = credential) =>
    new hunyuan.v20230901.Client({
      credential: own,
      region: "ap-guangzhou",
      profile: { httpProfile: { endpoint: new URL(server.url).host, protocol: "http://" } },
    });

  it("is taken by the server that checks, unless its secret is wrong", async () => {
    assert.equal((await make().SubmitHunyuanImageJob({ Prompt: "雨" })).JobId, "job-1");
    await assert.rejects(
      make({ ...credential, secretKey: "x" }).SubmitHunyuanImageJob({ Prompt: "雨" }),
      /another/,
    );
  });

  it("sends what Loom sends", async () => {
    answer = { states: [pictures] };
    await make().SubmitHunyuanImageJob({
      Prompt: "雨",
      Num: 2,
      Resolution: "768:1024",
      Seed: 7,
      NegativePrompt: "b",
      LogoAdd: 0,
      ContentImage: { ImageUrl: "https://x.example/a.png" },
    });
    const theirs = server.requests.at(-1);
    const before = server.requests.length;
    await ended(
      loom().generate({
        ...image,
        prompt: "雨",
        images: [{ url: "https://x.example/a.png" }],
        params: { n: 2, size: "768x1024", seed: 7, negative_prompt: "b", LogoAdd: 0 },
      }),
    );
    const ours = server.requests[before];
    assert.deepEqual(JSON.parse(ours?.body ?? ""), JSON.parse(theirs?.body ?? ""));
    assert.deepEqual([ours?.method, ours?.url], [theirs?.method, theirs?.url]);
    for (const name of ["x-tc-action", "x-tc-version", "x-tc-region", "content-type"]) {
      assert.equal(ours?.headers[name], theirs?.headers[name], name);
    }
  });
});

describe("chat", () => {
  it("goes to the other address, with its key and unsigned", async () => {
    const result = await loom().generate({
      provider: "hunyuan",
      model: "hunyuan-turbos-latest",
      prompt: "Hi",
    });
    assert.equal(result.text, "Hi.");
    const sent = await chat.request(0);
    assert.equal(sent.url, "/chat/completions");
    assert.equal(sent.headers["authorization"], "Bearer sk-hy");
    assert.equal(sent.headers["x-tc-timestamp"], undefined);
  });

  it("asks for its key when there is none", async () => {
    const { HUNYUAN_API_KEY: _, ...rest } = variables;
    await assert.rejects(
      loom(rest).generate({ provider: "hunyuan", model: "hunyuan-turbos-latest", prompt: "Hi" }),
      (error) => LoomError.is(error, "key-missing") && /HUNYUAN_API_KEY/.test(error.message),
    );
  });
});

it("options are checked", () => {
  assert.match(complaintsOf(plugin, { region: "Ap Guangzhou" })[0] ?? "", /^region: must be a region/);
  assert.match(complaintsOf(plugin, { secretId: "x" })[0] ?? "", /secretId/);
});
