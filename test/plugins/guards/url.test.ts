/** The guard `url` reads addresses as browsers do, and holds them to the hosts that are allowed. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import url from "../../../plugins/guards/url/index.ts";
import { finder, guardOf } from "../../eval/guards/guards.ts";
import { complaintsOf } from "../../support/options.ts";
import { found } from "./found.ts";

const find = await finder(url, { allowHosts: ["good.example", "*.good.example"], roles: ["user", "tool"] });

const cases: readonly (readonly [text: string, ...findings: string[]])[] = [
  ["https://good.example/a and https://x.good.example."],
  ["https://good.example.evil.test/", "LINK_HOST https://good.example.evil.test/"],
  ["![x](https://evil.test/?q=1)", "IMAGE_HOST https://evil.test/?q=1"],
  ["[x](http://good.example@evil.test/)", "DECEPTIVE_LINK http://good.example@evil.test/"],
  ["[a]: //evil.test/x", "LINK_HOST //evil.test/x"],
  ['<a href="https://good.example\n.evil.test">', "LINK_HOST https://good.example\n.evil.test"],
  ['<a href="java\nscript:alert(1)">', "SCHEME java\nscript:alert(1)"],
  ["https:\\\\evil.test", "LINK_HOST https:\\\\evil.test"],
  ["https://%65vil.test", "LINK_HOST https://%65vil.test"],
  ["https://g\u043eod.example/", "DECEPTIVE_LINK https://g\u043eod.example/"],
  ["[here](/docs) ![p](data:image/png;base64,AAAA) 12:30 note: a//b"],
];

describe("url", () => {
  for (const [text, ...findings] of cases) {
    it(`finds ${findings.length} in ${JSON.stringify(text)}`, () =>
      assert.deepEqual(found(find, text), findings));
  }

  it("allows no host unless told", async () => {
    const none = await finder(url, { roles: ["user"] });
    assert.deepEqual(found(none, "https://good.example"), ["LINK_HOST https://good.example"]);
  });

  it("holds only images to the hosts when asked", async () => {
    const images = await finder(url, { check: "images", roles: ["user"] });
    assert.deepEqual(found(images, "https://a.test and ![](https://b.test/c)"), [
      "IMAGE_HOST https://b.test/c",
    ]);
  });

  it("looks at what users write only when asked, and always at answers", async () => {
    assert.deepEqual(found(await finder(url), "https://evil.test", "user"), []);
    assert.equal(found(await finder(url), "https://evil.test", "tool").length, 1);
    assert.equal(typeof (await guardOf(url)).output, "function");
  });

  it("refuses what is no host", () => {
    for (const host of ["https://a.test", "a.test/path", "a b", "*", "a*.test"]) {
      assert.equal(complaintsOf(url, { allowHosts: [host] }).length, 1, host);
    }
  });
});
