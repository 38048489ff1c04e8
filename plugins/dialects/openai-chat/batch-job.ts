/** What is read of the object that stands for a batch, in several places. */

import { asFields, asList, asText, type Fields } from "../../../src/plugin.ts";

/** Together puts the job of a fresh batch into a field. */
export function jobOf(body: unknown): Fields | undefined {
  const fields = asFields(body);
  return asFields(fields?.["job"]) ?? fields;
}

/** Ids of the files with answers and with errors, as far as there are any; Mistral's names are shorter. */
export function filesOf(job: Fields): readonly string[] {
  return [
    asText(job["output_file_id"]) ?? asText(job["output_file"]),
    asText(job["error_file_id"]) ?? asText(job["error_file"]),
  ].filter((id) => id !== undefined);
}

/** Ids of the files with its calls. */
export function filesIn(job: Fields): readonly string[] {
  const many = asList(job["input_files"]) ?? [job["input_file_id"]];
  return many.flatMap((id) => asText(id) ?? []);
}
