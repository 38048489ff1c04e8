/** OpenAI's Responses API as an inbound format: `POST /v1/responses`. */

import type { Format } from "../../format.ts";
import { openaiError } from "../openai-error.ts";
import { errorEvent } from "./errors.ts";
import { readRequest } from "./read.ts";
import { ResponsesStream } from "./stream.ts";
import { writeAnswer } from "./write.ts";

export const openaiResponses: Format = {
  id: "openai-responses",
  dialect: "openai-responses",
  read: readRequest,
  write: writeAnswer,
  stream: (facts) => new ResponsesStream(facts),
  error: openaiError,
  errorEvent,
};
