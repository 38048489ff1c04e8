/** OpenAI's `POST /v1/images/generations`: pictures of a prompt. */

import type { Format } from "../../format.ts";
import { modelOf, optionalText, requiredText, unknownFields } from "../field-checks.ts";
import { openaiFaults } from "../openai-faults.ts";
import { writeImages } from "./answer.ts";
import { imageFields, imageParams } from "./params.ts";

export { openaiImageEdits } from "./edits.ts";

/** `user` is for accounting alone; what is to reach OpenAI is `safety_identifier`. */
export const openaiImages: Format = {
  id: "openai-images",

  read(body) {
    const user = optionalText(body, "user");
    return {
      modality: "image",
      model: modelOf(body, "gpt-image-2"),
      call: {
        messages: [],
        prompt: requiredText(body, "prompt", "a description of the picture"),
        params: imageParams(body, false),
        stream: false,
      },
      unknown: unknownFields(body, ...imageFields),
      ...(user !== undefined && { user }),
    };
  },

  write: writeImages,
  ...openaiFaults,
};
