/** Faults of a configuration file: collected first, then told all at once, each with its line. */

import type { LineCounter } from "yaml";
import { type LoomError, loomError } from "../../errors/index.ts";
import { placeOf } from "../../client/yaml-place.ts";

export type Steps = readonly (string | number)[];

export interface ConfigFault {
  readonly steps: Steps;
  readonly problem: string;
  /** Where `steps` cannot tell. */
  readonly line?: number;
}

/** More are counted, and not told. */
const maxTold = 20;

export function configError(
  file: string,
  faults: readonly ConfigFault[],
  root: unknown,
  lines: LineCounter,
): LoomError<"config-invalid"> {
  const told = faults.map(({ steps, problem, line }) => {
    const place = placeOf(root, steps, lines);
    return { path: place.path, line: line ?? place.line, problem };
  }).sort((a, b) => a.line - b.line);
  const [first = { path: "", line: 1, problem: "is wrong" }] = told;
  const sentences = told.slice(0, maxTold).map(({ path, line, problem }) =>
    `${file}:${line}: ${path === "" ? "" : `${path} `}${problem}`
  );
  if (told.length > maxTold) sentences.push(`and ${told.length - maxTold} more`);
  const message = sentences.length === 1
    ? sentences[0] ?? ""
    : `${told.length} faults in the configuration\n${sentences.join("\n")}`;
  return loomError("config-invalid", message, { path: first.path, file, line: first.line });
}
