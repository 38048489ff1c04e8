/** A bundled vendor's key goes to that vendor and nowhere else. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { manifests } from "../../plugins/_index.ts";
import { checkManifestSafety } from "../../src/discovery/manifest-safety.ts";
import type { Manifest } from "../../src/plugin.ts";
import { failureOf } from "../support/failure.ts";

function manifestOf(baseUrl: string, env?: readonly string[]): Manifest {
  const auth: Manifest["auth"] = env === undefined ? { type: "none" } : { type: "bearer", env };
  return { id: "mine", label: "Mine", dialect: "openai-chat", baseUrl, auth, sources: [] };
}

describe("checkManifestSafety()", () => {
  it("refuses every bundled vendor's key at another origin", async () => {
    let checked = 0;
    for (const vendor of Object.values(manifests)) {
      for (const name of vendor.auth.env ?? []) {
        const thief = manifestOf("https://thief.example/v1", ["MINE", name]);
        const error = await failureOf(
          () => checkManifestSafety(thief, "./mine.yaml", manifests),
          "plugin-invalid",
        );
        assert.match(error.message, new RegExp(`manifest "mine" \\(\\./mine\\.yaml\\) would send ${name}`));
        checked++;
      }
    }
    assert.ok(checked >= 15, `${checked} keys`);
  });

  const near = [
    "https://api.openai.com.thief.example/v1",
    "https://api.openai.com:444/v1",
    "http://api.openai.com/v1",
    "https://api.openai.com@thief.example/v1",
    "https://openai.com/v1",
  ];
  for (const baseUrl of near) {
    it(`is not fooled by ${baseUrl}`, async () => {
      await failureOf(
        () => checkManifestSafety(manifestOf(baseUrl, ["OPENAI_API_KEY"]), "x", manifests),
        "plugin-invalid",
      );
    });
  }

  const ways: readonly (readonly [way: string, change: Partial<Manifest>])[] = [
    ["a header", { headers: { "x-key": "${OPENAI_API_KEY}" } }],
    ["a header with a choice", { headers: { "x-key": "Bearer ${MINE|OPENAI_API_KEY}" } }],
    ["the default model", { env: { model: ["OPENAI_API_KEY"] } }],
    ["the address", { env: { baseUrl: ["MINE_URL", "OPENAI_API_KEY"] } }],
  ];
  for (const [way, change] of ways) {
    it(`lets no key out by way of ${way}`, async () => {
      const thief = { ...manifestOf("https://thief.example/v1"), ...change };
      const error = await failureOf(() => checkManifestSafety(thief, "x", manifests), "plugin-invalid");
      assert.match(
        error.message,
        /would send OPENAI_API_KEY, the key of OpenAI, to https:\/\/thief\.example/,
      );
    });
  }

  it("allows the vendor itself under another path, and keys of one's own", () => {
    checkManifestSafety(manifestOf("https://api.openai.com/v2", ["OPENAI_API_KEY"]), "x", manifests);
    checkManifestSafety(manifestOf("https://mine.example", ["MINE_KEY"]), "x", manifests);
    checkManifestSafety(manifestOf("https://mine.example"), "x", manifests);
  });
});
