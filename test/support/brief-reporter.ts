/** A reporter for node:test that shows what failed, how much ran, and what tests themselves have to tell. */

import type { TestEvent } from "node:test/reporters";
import { inspect } from "node:util";

export default async function* brief(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const { type, data } of events) {
    if (type === "test:fail" && data.details.error.cause !== undefined && data.details.type !== "suite") {
      yield `\n✖ ${data.name} (${data.file ?? "?"}:${data.line ?? "?"})\n${
        inspect(data.details.error.cause)
      }\n`;
    } else if (type === "test:diagnostic") yield `ℹ ${data.message}\n`;
    else if (type === "test:stderr") yield data.message;
  }
}
