/** A reporter for node:test that shows what failed and how much ran, and nothing of what passed. */

import type { TestEvent } from "node:test/reporters";
import { inspect } from "node:util";

export default async function* brief(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const { type, data } of events) {
    if (type === "test:fail" && data.details.error.cause !== undefined && data.details.type !== "suite") {
      yield `\n✖ ${data.name} (${data.file ?? "?"}:${data.line ?? "?"})\n${
        inspect(data.details.error.cause)
      }\n`;
    } else if (type === "test:diagnostic" && data.file === undefined) yield `ℹ ${data.message}\n`;
    else if (type === "test:stderr") yield data.message;
  }
}
