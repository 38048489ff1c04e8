/**
 * Guards: they find what should not go in, or come out. What becomes of a finding is the chain's business, in its `guard` stage:
 * it is noted, cut out, or ends the call, as the configuration says.
 */

import type { Planned } from "./context.ts";

/** What the configuration makes of a finding. `redact`: the spans are replaced, and the call goes on. */
export type GuardAction = "flag" | "redact" | "block";

/** A place in a text, and what is wrong with it. */
export interface Finding {
  /** Characters (UTF-16 units) of the text; `end` itself is outside. A finding about the whole text spans all of it. */
  readonly start: number;
  readonly end: number;
  /** A stable word in capitals with underscores, such as `EMAIL`, `AWS_KEY` or `OVERRIDE`; placeholders are named by it. */
  readonly kind: string;
  /** How sure the guard is, from 0 to 1. */
  readonly score: number;
}

/** A text on its way in, and who said it. */
export interface GuardedText {
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly text: string;
}

/** None, as a rule. */
export type Findings = readonly Finding[];

/** Holds no state of calls: it is asked about many at once. */
export interface Guard {
  /**
   * Looks at one text of the input. A promise is waited for as long as the guard's budget says; what it throws, or a budget that
   * passes, counts as unavailable: the configuration says whether calls then go on.
   */
  input?(given: GuardedText, ctx: Planned): Findings | Promise<Findings>;
  /**
   * Looks at a stretch of the answer, synchronously: the newest text, with as much before it as `windowChars` asks for. The
   * stage holds back the last `windowChars` characters until more have come, so that nothing leaves that is about to be found.
   */
  output?(text: string, ctx: Planned): Findings;
  /** The longest text that `output` can find, in characters; longer ones are found in pieces or not at all. Default 256. */
  readonly windowChars?: number;
  /**
   * Looks at the whole answer once it is there, such as a JSON schema or a model that judges. A streamed answer is then held
   * back until its end, which the receipt says.
   */
  whole?(text: string, ctx: Planned): Findings | Promise<Findings>;
  close?(): Promise<void> | void;
}
