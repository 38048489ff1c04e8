/** Media in manifests: a mistake is named, and a key goes to its vendor's own hosts alone. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { manifests } from "../../plugins/_index.ts";
import { checkManifestSafety } from "../../src/discovery/manifest-safety.ts";
import { family } from "../../src/discovery/manifest-reach.ts";
import { parseManifest } from "../../src/discovery/manifest-schema.ts";
import type { Manifest } from "../../src/plugin.ts";
import { failureOf } from "../support/failure.ts";

const minimal = {
  label: "Acme",
  dialect: "media",
  baseUrl: "https://api.acme.example/v1",
  auth: { type: "bearer", env: ["ACME_API_KEY"] },
};
const parse = (change: object) => parseManifest("acme", { ...minimal, ...change }, "acme.yaml");
const image = (change: object) => ({ media: { image: { path: "/images", ...change } } });
const job = { done: ["done"], failed: ["failed"] };

describe("media in a manifest", () => {
  it("are one line for a vendor that does as OpenAI does", () => {
    const media = { image: { path: "/images/generations" } };
    assert.deepEqual(parse({ media }).media, media);
  });

  it("may be beside the base URL, or on a host of the vendor that is listed", () => {
    for (const base of ["..", "../v2", "../../api/v1", "https://api.acme.example/v2"]) {
      assert.equal(parse(image({ base })).media?.image?.base, base);
    }
    const listed = parse({ ...image({ base: "https://media.acme.example" }), hosts: ["media.acme.example"] });
    assert.equal(listed.media?.image?.base, "https://media.acme.example");
    const below = parse({ ...image({ base: "https://a.b.acme.example" }), hosts: ["*.acme.example"] });
    assert.deepEqual(below.hosts, ["*.acme.example"]);
  });

  const faults: readonly (readonly [string, object, RegExp])[] = [
    ["an unknown key", image({ bodies: "json" }), /"media\.image\.bodies" is not a known key/],
    ["an unknown modality", { media: { smell: { path: "/x" } } }, /media/],
    ["no path", { media: { image: {} } }, /media\.image\.path/],
    ["a path with a query", image({ path: "/x?y=1" }), /media\.image\.path: is not a path/],
    ["a path with a hole that is none", image({ path: "/{modell}" }), /media\.image\.path/],
    ["a pointer that is none", image({ prompt: "prompt" }), /media\.image\.prompt/],
    ["a pointer to everything", image({ prompt: "" }), /media\.image\.prompt/],
    ["a pointer into a prototype", image({ prompt: "/__proto__/x" }), /media\.image\.prompt/],
    ["a header that Loom writes", image({ headers: { Authorization: "x" } }), /written by Loom/],
    ["a conversion that is none", image({ params: { convert: { size: "magic" } } }), /params\.convert\.size/],
    ["a job that nobody can ask after", image({ job }), /neither `poll` nor `url`/],
    ["a job without words", image({ job: { ...job, done: [], url: "/u" } }), /job\.done: names nothing/],
    [
      "a question to elsewhere",
      image({ job: { ...job, poll: { path: "https://thief.example/{id}" } } }),
      /poll\.path/,
    ],
    ["a base without TLS", image({ base: "http://api.acme.example" }), /media\.image\.base/],
    ["a base with a password", image({ base: "https://a:b@api.acme.example" }), /media\.image\.base/],
    ["a base on a host that gets no key", image({ base: "https://media.acme.example" }), /list it in hosts/],
    [
      "such a base for some models",
      image({ variants: [{ models: ["x"], base: "https://thief.example" }] }),
      /thief/,
    ],
    ["such a base for calls with pictures", image({ edit: { base: "https://thief.example" } }), /thief/],
    ["a host of somebody else", { hosts: ["api.acme.example", "thief.example"] }, /hosts\.1: thief\.example/],
    ["all hosts of somebody else", { hosts: ["*.example"] }, /hosts\.0/],
    ["a host that is none", { hosts: ["https://api.acme.example"] }, /hosts\.0: is not a host name/],
    ["every host there is", { hosts: ["*"] }, /hosts\.0: is not a host name/],
    ["an error's status that is none", { errors: { statuses: { 200: "rate-limited" } } }, /errors\.statuses/],
  ];
  for (const [what, change, message] of faults) {
    it(`are refused with ${what}`, async () => {
      const error = await failureOf(() => parse(change), "plugin-invalid");
      assert.match(error.message, message);
    });
  }

  it("belong together by the name that their owner registered", () => {
    assert.equal(family("ark.cn-beijing.volces.com"), "volces.com");
    assert.equal(family("a.b.example.co.uk"), "example.co.uk");
    assert.notEqual(family("a.com.cn"), family("b.com.cn"));
  });
});

describe("a bundled vendor's key", () => {
  const auth = { type: "header", header: "x-key", env: ["BFL_API_KEY"] } as const;
  const bfl: Manifest = {
    id: "mine",
    label: "Mine",
    dialect: "media",
    baseUrl: "https://api.bfl.ai/v1",
    auth,
    sources: [],
  };

  it("may go where the vendor's own manifest lets it go", () => {
    checkManifestSafety({ ...bfl, hosts: ["*.bfl.ai"] }, "./mine.yaml", manifests);
    checkManifestSafety(
      { ...bfl, hosts: ["api.bfl.ai", "api.eu.bfl.ai", "*.eu.bfl.ai"] },
      "./mine.yaml",
      manifests,
    );
  });

  const thefts: readonly (readonly [string, Partial<Manifest>])[] = [
    ["another host", { hosts: ["thief.example"] }],
    ["hosts that look alike", { hosts: ["*.bfl.ai.thief.example"] }],
    ["media elsewhere", { media: { image: { path: "/x", base: "https://thief.example" } } }],
    ["media elsewhere for some models", {
      media: { image: { path: "/x", variants: [{ models: ["*"], base: "https://thief.example" }] } },
    }],
  ];
  for (const [what, change] of thefts) {
    it(`does not go to ${what}`, async () => {
      const error = await failureOf(
        () => checkManifestSafety({ ...bfl, ...change }, "./mine.yaml", manifests),
        "plugin-invalid",
      );
      assert.match(error.message, /would send BFL_API_KEY.* to (?:https:\/\/|\*\.bfl\.ai\.)?thief\.example/);
    });
  }
});
