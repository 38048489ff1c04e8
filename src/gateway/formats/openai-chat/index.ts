/** The wire format of OpenAI's chat completions, as callers of the gateway speak it. */

import type { Format } from "../../format.ts";
import { openaiFaults } from "../openai-faults.ts";
import { readChat } from "./read.ts";
import { ChatWriter, done } from "./stream.ts";
import { writeChat } from "./write.ts";

/** @see https://platform.openai.com/docs/api-reference/chat */
export const openaiChat: Format = {
  id: "openai-chat",
  dialect: "openai-chat",
  read: (body) => readChat(body),
  write: (parts, facts) => ({ json: writeChat(parts, facts) }),
  stream: (facts) => new ChatWriter(facts),
  verbatimEnd: done,
  ...openaiFaults,
};
