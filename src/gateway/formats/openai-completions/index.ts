/** The wire format of OpenAI's plain completions, as older callers of the gateway speak it. */

import type { Format } from "../../format.ts";
import { openaiFaults } from "../openai-faults.ts";
import { readCompletion } from "./read.ts";
import { CompletionWriter } from "./stream.ts";
import { writeCompletion } from "./write.ts";

/** No dialect speaks it: every request is answered through a chat. */
export const openaiCompletions: Format = {
  id: "openai-completions",
  read: (body) => readCompletion(body),
  write: (parts, facts) => ({ json: writeCompletion(parts, facts) }),
  stream: (facts) => new CompletionWriter(facts),
  ...openaiFaults,
};
