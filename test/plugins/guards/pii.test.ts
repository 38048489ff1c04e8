/** The guard `pii` finds what leads to a person, by published examples, and lets numbers of things pass. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import pii from "../../../plugins/guards/pii/index.ts";
import { fakePlanned } from "../../../src/testing.ts";
import { finder, guardOf } from "../../eval/guards/guards.ts";
import { complaintsOf } from "../../support/options.ts";
import { found } from "./found.ts";
import { passed } from "./stream.ts";

const find = await finder(pii);

/** Examples that the makers of each number publish. */
const published: readonly (readonly [text: string, ...findings: string[]])[] = [
  ["IBAN DE89370400440532013000", "IBAN DE89370400440532013000"],
  ["to GB82 WEST 1234 5698 7654 32 today", "IBAN GB82 WEST 1234 5698 7654 32"],
  ["FR14 2004 1010 0505 0001 3M02 606.", "IBAN FR14 2004 1010 0505 0001 3M02 606"],
  ["4111 1111 1111 1111", "CARD 4111 1111 1111 1111"],
  ["amex 378282246310005", "CARD 378282246310005"],
  ["DNI 12345678Z", "ES_DNI 12345678Z"],
  ["X1234567L", "ES_DNI X1234567L"],
  ["CF RSSMRA85T10A562S", "IT_TAX_CODE RSSMRA85T10A562S"],
  ["BSN 111222333", "NL_BSN 111222333"],
  ["PESEL 44051401359", "PL_PESEL 44051401359"],
  ["529.982.247-25", "BR_CPF 529.982.247-25"],
  ["11.222.333/0001-81", "BR_CNPJ 11.222.333/0001-81"],
  ["Aadhaar 2341 2341 2346", "IN_AADHAAR 2341 2341 2346"],
  ["NHS 943 476 5919", "UK_NHS 943 476 5919"],
  ["Steuer-ID 86095742719", "DE_TAX_ID 86095742719"],
  ["1 84 12 76 451 089 46", "FR_NIR 1 84 12 76 451 089 46"],
  ["11010519491231002X", "CN_ID 11010519491231002X"],
  ["a.b+c@mail.example.co.uk, and d@x.de", "EMAIL a.b+c@mail.example.co.uk", "EMAIL d@x.de"],
  ["2001:db8::8a2e:370:7334", "IP 2001:db8::8a2e:370:7334"],
  ["+44 (0)20 7946 0958", "PHONE +44 (0)20 7946 0958"],
  ["携帯 ０９０－１２３４－５６７８", "PHONE ０９０－１２３４－５６７８"],
];

/** One digit of a published example is another. */
const wrong = [
  "DE89370400440532013001",
  "4111 1111 1111 1112",
  "12345678A",
  "RSSMRA85T10A562T",
  "529.982.247-26",
  "11.222.333/0001-82",
  "2341 2341 2347",
  "1 84 12 76 451 089 47",
  "110105194912310021",
];

describe("pii", () => {
  for (const [text, ...findings] of published) {
    it(`finds ${findings.join(" and ")}`, () => assert.deepEqual(found(find, text), findings));
  }

  for (const text of wrong) {
    it(`lets ${text} pass, whose check digit is wrong`, () => assert.deepEqual(found(find, text), []));
  }

  it("leaves nothing of it in a stream, however that is cut", async () => {
    const guard = await guardOf(pii);
    const ctx = fakePlanned();
    const filler = "Words that come before and after, and mean nothing at all. ".repeat(5);
    for (const [text, ...findings] of published) {
      for (const size of [1, 3, 50]) {
        const all = `${filler}\n${text}\n${filler}`;
        const pieces = Array.from(
          { length: Math.ceil(all.length / size) },
          (_, at) => all.slice(at * size, at * size + size),
        );
        const out = passed(pieces, (piece) => guard.output?.(piece, ctx) ?? [], guard.windowChars ?? 256);
        for (const finding of findings) {
          const [kind = "", value = ""] = [finding.split(" ", 1)[0], finding.slice(finding.indexOf(" ") + 1)];
          assert.ok(
            out.includes(`[${kind}]`) && !out.includes(value),
            `${finding} in pieces of ${size}: ${out}`,
          );
        }
        assert.ok(out.startsWith(filler) && out.endsWith(filler));
      }
    }
  });

  it("looks for the kinds that are asked for", async () => {
    const cards = await finder(pii, { kinds: ["CARD"] });
    assert.deepEqual(found(cards, "a@x.de 4111 1111 1111 1111"), ["CARD 4111 1111 1111 1111"]);
  });

  it("lets pass what the list allows", async () => {
    const some = await finder(pii, { allow: ["Support@Acme.com", "*@example.com"] });
    assert.deepEqual(found(some, "support@acme.com a@example.com b@example.org"), ["EMAIL b@example.org"]);
  });

  it("tells less sure ones when asked", async () => {
    const text = "the number 86095742719 is long";
    assert.deepEqual(found(find, text), []);
    assert.deepEqual(found(await finder(pii, { minScore: 0.3 }), text), ["DE_TAX_ID 86095742719"]);
  });

  it("refuses options that it does not know", () => {
    assert.equal(complaintsOf(pii, { kind: ["CARD"] }).length, 1);
    assert.equal(complaintsOf(pii, { kinds: ["FACE"] }).length, 1);
    assert.equal(complaintsOf(pii, { minScore: 2 }).length, 1);
  });
});
