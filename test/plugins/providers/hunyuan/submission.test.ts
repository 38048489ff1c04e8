import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { jobCodec } from "../../../../plugins/providers/hunyuan/job-codec.ts";
import { jobManifest } from "../../../../plugins/providers/hunyuan/manifest.ts";
import type { Call } from "../../../../src/contract/call.ts";
import { LoomError } from "../../../../src/errors/index.ts";
import { fakeAttempting } from "../../../../src/testing/fake-context.ts";
import { jsonOf } from "../../../../src/testing/wire-reading.ts";

const codec = jobCodec(jobManifest, "ap-guangzhou", true);

function encode(call: Partial<Call>, upstreamModel: string) {
  const asked = { modality: "image", messages: [], prompt: "a", ...call } as const;
  return codec.encode(fakeAttempting({ call: asked, target: { upstreamModel } }));
}

describe("a submission", () => {
  const picture = { dataB64: "aGk=", mimeType: "image/png" };
  const cases: readonly [string, Partial<Call>, string, object, string, string[]?][] = [
    ["of the older model", { params: { n: 1, style: "riman" }, images: [picture] }, "hunyuan-image", {
      Prompt: "a",
      Style: "riman",
      ContentImage: { ImageBase64: "aGk=" },
    }, "https://hunyuan.tencentcloudapi.com/"],
    [
      "of the newer model",
      { params: { n: 2, size: "1024x768", Revise: 0 }, images: [picture, { url: "https://x.example" }] },
      "hunyuan-image-3",
      {
        Prompt: "a",
        Resolution: "1024:768",
        Revise: 0,
        Images: ["aGk=", "https://x.example"],
      },
      "https://aiart.tencentcloudapi.com/",
      ["param-dropped"],
    ],
    ["of a film", { modality: "video", params: { resolution: "720p" }, images: [picture] }, "hunyuan-video", {
      Prompt: "a",
      Resolution: "720p",
      Image: { Base64: "aGk=" },
    }, "https://vclm.tencentcloudapi.com/"],
  ];
  for (const [name, call, model, expected, path, warnings = []] of cases) {
    it(name, () => {
      const request = encode(call, model);
      assert.deepEqual(jsonOf(request), expected);
      assert.equal(request.path, path);
      assert.equal(request.once, true, "it is paid for");
      assert.deepEqual(request.warnings?.map(({ code }) => code) ?? [], warnings);
    });
  }

  const refusals: readonly [string, Partial<Call>, RegExp][] = [
    ["no prompt", { prompt: "" }, /^prompt: /],
    ["too many pictures", { images: [picture, picture] }, /takes 1 picture/],
    ["a picture from nowhere", { images: [{ mimeType: "image/png" }] }, /exactly one/],
  ];
  for (const [name, call, message] of refusals) {
    it(`is refused with ${name}`, () => {
      assert.throws(
        () => encode(call, "hunyuan-image"),
        (error) => LoomError.is(error, "invalid-request") && message.test(error.message),
      );
    });
  }
});
