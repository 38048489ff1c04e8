/** Anthropic's Messages API as a format that callers speak: its official clients work unchanged, whichever vendor answers. */

import type { Format } from "../../format.ts";
import { anthropicError, anthropicErrorEvent } from "./error.ts";
import { ping } from "./frames.ts";
import { readMessages } from "./read.ts";
import { MessageStreamWriter } from "./stream.ts";
import { writeMessage } from "./write.ts";

export const anthropicMessages: Format = {
  id: "anthropic-messages",
  dialect: "anthropic-messages",
  heartbeat: ping,
  read: readMessages,
  write: writeMessage,
  stream: (facts) => new MessageStreamWriter(facts),
  error: anthropicError,
  errorEvent: anthropicErrorEvent,
};
