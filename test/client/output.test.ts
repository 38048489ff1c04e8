/** Output schemas: zod, other Standard Schemas and JSON Schema become one form; answers are parsed and checked. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { outputFormat, type OutputSchema, parseOutput } from "../../src/client/output.ts";
import type { LoomError } from "../../src/errors/index.ts";

const person = { type: "object", properties: { age: { type: "number" } }, required: ["age"] } as const;
const zodPerson = z.object({ age: z.number() });

/** A Standard Schema that is a function, as some libraries make them. */
const callable = Object.assign(() => {}, {
  "~standard": {
    validate: (value: unknown) => ({ value }),
    jsonSchema: { output: () => ({ type: "object" }) },
  },
});

describe("outputFormat", () => {
  for (
    const [title, output, expected] of [
      ["zod", zodPerson, ["output", 0]],
      ["JSON Schema", person, ["output", 0]],
      ["zod with a name", { schema: zodPerson, name: "person" }, ["person", 0]],
      ["JSON Schema with a name and a repair", { schema: person, name: "a-B_1", repair: true }, ["a-B_1", 1]],
      ["zod with a repair", { schema: zodPerson, repair: true }, ["output", 1]],
      ["a schema that is a function", callable, ["output", 0]],
      ["a schema that is a function, with a name", { schema: callable, name: "f" }, ["f", 0]],
    ] as readonly (readonly [string, OutputSchema, readonly [string, number]])[]
  ) {
    it(`takes ${title}`, () => {
      const { schema, name, repair } = outputFormat(output);
      assert.equal(schema["type"], "object");
      assert.deepEqual([name, repair], expected);
    });
  }

  for (
    const [title, output, message] of [
      ["a text", "json", /must be a zod schema or a JSON Schema/],
      ["null", null, /must be a zod schema/],
      ["a list", [], /must be a zod schema/],
      ["a name with blanks", { schema: person, name: "my output" }, /name must be 1 to 64/],
      ["an empty name", { schema: person, name: "" }, /name must be 1 to 64/],
      ["a name of another kind", { schema: person, name: 5 }, /name must be 1 to 64/],
      ["a repair of another kind", { schema: person, repair: 3 }, /repair must be true or false/],
      ["a schema that cannot be JSON Schema", z.object({ at: z.date() }), /cannot be written as JSON Schema/],
      [
        "a Standard Schema without JSON Schema",
        { "~standard": { validate: () => ({ value: 1 }) } },
        /zod 4\.2 or later/,
      ],
    ] as const
  ) {
    it(`refuses ${title}`, () => {
      assert.throws(() => outputFormat(output as unknown as OutputSchema), (error: LoomError) => {
        assert.deepEqual([error.code, error.data], ["invalid-request", { path: "output" }]);
        assert.match(error.message, message);
        return true;
      });
    });
  }
});

describe("parseOutput", () => {
  const transformed = z.object({ age: z.number() }).transform(({ age }) => age + 1).pipe(z.number());
  for (
    const [title, output, text, expected] of [
      ["zod", zodPerson, '{"age":3}', { age: 3 }],
      ["JSON Schema", person, '{"age":3}', { age: 3 }],
      ["what zod makes of it", transformed, '{"age":3}', 4],
      ["blanks around", zodPerson, ' \n{"age":3}\n ', { age: 3 }],
      ["a fence", zodPerson, '```json\n{"age":3}\n```', { age: 3 }],
      ["a fence in capitals, with line ends of Windows", zodPerson, '```JSON\r\n{"age":3}\r\n```\r\n', {
        age: 3,
      }],
      ["a fence without a language", zodPerson, '\n```\n{"age":3}```', { age: 3 }],
      ["a fence inside of the value", z.string(), '"```json\\n1\\n```"', "```json\n1\n```"],
    ] as readonly (readonly [string, OutputSchema, string, unknown])[]
  ) {
    it(`reads ${title}`, async () => {
      assert.deepEqual(await parseOutput(outputFormat(output), text), expected);
    });
  }

  for (
    const [title, output, text, message] of [
      ["no JSON", zodPerson, "I am 3.", /is not JSON/],
      ["nothing", zodPerson, "", /is not JSON/],
      ["half a JSON", zodPerson, '{"age":', /is not JSON/],
      ["half a fence", zodPerson, '```json\n{"age":3}', /is not JSON/],
      ["a fence alone", zodPerson, "```", /is not JSON/],
      ["another type (zod)", zodPerson, '{"age":"3"}', /does not fit the schema: age: /],
      ["a missing field (zod)", zodPerson, "{}", /age: /],
      ["another type (JSON Schema)", person, '{"age":"3"}', /age: /],
      ["a missing field (JSON Schema)", person, "{}", /age: /],
    ] as const
  ) {
    it(`refuses ${title}, keeping what came`, async () => {
      await assert.rejects(parseOutput(outputFormat(output as OutputSchema), text), (error: LoomError) => {
        assert.deepEqual([error.code, error.data], ["output-invalid", { text }]);
        assert.match(error.message, message);
        return true;
      });
    });
  }

  it("names five mistakes at most, with their places", async () => {
    const schema = z.object({ list: z.array(z.number()) });
    const answer = JSON.stringify({ list: Array.from({ length: 50 }, () => "x") });
    await assert.rejects(parseOutput(outputFormat(schema), answer), (error: LoomError) => {
      assert.equal(error.message.match(/list\.\d/g)?.length, 5);
      return true;
    });
  });

  it("says that the schema is wrong when it is, and not the answer", async () => {
    const format = outputFormat({ type: "object", properties: { a: { $ref: "#/nowhere" } } });
    await assert.rejects(parseOutput(format, '{"a":1}'), (error: LoomError) => {
      assert.deepEqual([error.code, error.data], ["invalid-request", { path: "output" }]);
      return true;
    });
  });

  it("takes time in proportion to the answer, whatever it is full of", async () => {
    for (const filling of ["\n".repeat(200_000), "`".repeat(200_000), " \n```\n".repeat(40_000)]) {
      const startMs = performance.now();
      await assert.rejects(parseOutput(outputFormat(zodPerson), "```json\n" + filling + "x"), {
        code: "output-invalid",
      });
      assert.ok(performance.now() - startMs < 500);
    }
  });
});
