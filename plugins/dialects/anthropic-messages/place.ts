/** Where an encoder stands, for errors and notices that name the field. */

import {
  type Attempting,
  type LoomError,
  loomError,
  type Manifest,
  type Notice,
} from "../../../src/plugin.ts";

/** What the encoders of one request share. */
export interface Encoding {
  readonly ctx: Attempting;
  readonly manifest: Manifest;
  readonly notices: Notice[];
}

export function invalid({ ctx: { target } }: Encoding, path: string, what: string): LoomError {
  return loomError("invalid-request", `${path}: ${what}`, { path }, {
    provider: target.provider,
    model: target.model,
  });
}

export function unsupported(
  { ctx: { target }, manifest }: Encoding,
  path: string,
  feature: string,
): LoomError {
  return loomError("unsupported", `${path}: ${manifest.label} does not take ${feature}`, { feature }, {
    provider: target.provider,
    model: target.model,
  });
}

/** Says once that something was left out or changed. */
export function notice({ notices }: Encoding, code: string, message: string): void {
  if (!notices.some((said) => said.code === code && said.message === message)) {
    notices.push({ code, message });
  }
}
