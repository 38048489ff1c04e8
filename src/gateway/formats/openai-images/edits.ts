/** OpenAI's `POST /v1/images/edits`: pictures changed, from a form with files or from JSON with addresses. */

import type { Json, JsonObject, MediaInput, Params } from "../../../contract/index.ts";
import type { Format, FormFile } from "../../format.ts";
import { asObject } from "../answer-parts.ts";
import { given, invalid, modelOf, optionalText, requiredText, unknownFields } from "../field-checks.ts";
import { dataUriOf, mediaInput } from "../files.ts";
import { openaiFaults } from "../openai-faults.ts";
import { listOf } from "../text-list.ts";
import { writeImages } from "./answer.ts";
import { imageFields, imageParams } from "./params.ts";

/** OpenAI's own bound. */
const maxImages = 16;

/** Read where there are no files. */
const linkField: ReadonlySet<string> = new Set(["images"]);
/** Pictures beside those that are changed. */
const overlays: ReadonlySet<string> = new Set(["mask", "markup"]);

export const openaiImageEdits: Format = {
  id: "openai-image-edits",

  read(body, files) {
    const user = optionalText(body, "user");
    const fromForm = files.length > 0;
    const known = new Set(["image", "image[]", ...overlays]);
    return {
      modality: "image",
      model: modelOf(body, "gpt-image-2"),
      call: {
        messages: [],
        prompt: requiredText(body, "prompt", "what is to be changed"),
        images: fromForm ? uploaded(files) : linked(body),
        params: { ...imageParams(body, fromForm), ...overlaid(files) },
        stream: false,
      },
      unknown: [
        ...unknownFields(body, ...imageFields, ...fromForm ? [] : [linkField]),
        ...new Set(files.map(({ field }) => field).filter((field) => !known.has(field))),
      ],
      ...(user !== undefined && { user }),
    };
  },

  write: writeImages,
  ...openaiFaults,
};

function uploaded(files: readonly FormFile[]): readonly MediaInput[] {
  const images = files.filter(({ field }) => field === "image" || field === "image[]");
  if (images.length === 0) throw invalid("image", "is missing; give a file");
  if (images.length > maxImages) throw invalid("image", `has ${images.length} files, and 16 are the most`);
  const empty = images.find(({ bytes }) => bytes.length === 0);
  if (empty !== undefined) throw invalid(empty.field, "is an empty file");
  return images.map((file) => mediaInput(file, "image/png"));
}

/** `images: [{ image_url }]`; a `data:` URI is an address too. */
function linked(body: JsonObject): readonly MediaInput[] {
  const what = "files in a form, or a list of { image_url }";
  const path = given(body, "images") === undefined ? "image" : "images";
  return listOf(given(body, "images"), path, maxImages, what).map((entry: Json, at) => {
    const url = asObject(entry)?.["image_url"];
    if (typeof url === "string" && /^(?:https?:|data:)/.test(url)) return { url };
    throw invalid(`images[${at}]`, "must be { image_url }, an https: address or a data: URI");
  });
}

function overlaid(files: readonly FormFile[]): Params {
  return Object.fromEntries(
    files.filter(({ field }) => overlays.has(field)).map((
      file,
    ) => [file.field, dataUriOf(file, "image/png")]),
  );
}
