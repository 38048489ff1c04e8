/** What a codec left out or changed: told in the receipt, or refused where the caller is strict. */

import type { Attempting } from "../contract/context.ts";
import type { Notice } from "../contract/dialect.ts";
import { loomError } from "./classes.ts";

/** Writes notices into the receipt. @throws LoomError `unsupported`, when the call is strict and there is one */
export function heed({ call, ledger, target }: Attempting, notices: readonly Notice[]): void {
  const [first] = notices;
  if (call.strict === true && first !== undefined) {
    throw loomError(
      "unsupported",
      `strict: ${notices.map(({ message }) => message).join("; ")}`,
      { feature: first.code },
      { provider: target.provider, model: target.model },
    );
  }
  for (const { code, message } of notices) ledger.warn(code, message);
}
