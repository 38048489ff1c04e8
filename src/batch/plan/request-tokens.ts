/** The input tokens of one row's request, counted here: the prompt, and what every row of the job adds to it. */

import { estimateTokens } from "../../util/estimate-tokens.ts";
import type { AskSpec } from "../ask/ask-spec.ts";
import { type Encoding, localTokenizer } from "./local-tokenizer.ts";

export interface RequestTokens {
  readonly encoding: Encoding;
  /** Whether these are the tokens that the vendor counts, and no estimate. */
  readonly exact: boolean;
  /** Letters that were counted; what was estimated by length is not among them. */
  readonly countedLetters: number;
  of(prompt: string): number;
}

/** What OpenAI's models see around a conversation of one turn: its marks, its role, and the mark of the answer to come. */
const aroundTurn = 7;
/** The marks and the role of a further turn. */
const aroundSystem = 4;

/**
 * @param upstreamModel the model as the vendor is asked for it
 * @param mostLetters how many are counted; beyond them the length tells, at the rate of tokens that was seen until then
 */
export async function requestTokens(
  { system, schema }: Pick<AskSpec, "system" | "schema">,
  upstreamModel: string,
  mostLetters: number = Infinity,
): Promise<RequestTokens> {
  const { encoding, exact, count } = await localTokenizer(upstreamModel);
  const shared = aroundTurn + (system === undefined ? 0 : aroundSystem + count(system)) +
    // How a vendor writes a schema into the prompt is its secret.
    (schema === undefined ? 0 : count(JSON.stringify(schema)));
  let letters = 0;
  let [counted, guessed, estimated] = [0, 0, false];
  return {
    encoding,
    get exact() {
      return exact && schema === undefined && !estimated;
    },
    get countedLetters() {
      return letters;
    },
    of(prompt) {
      const guess = estimateTokens(prompt);
      if (letters + prompt.length > mostLetters) {
        estimated = true;
        return shared + (guessed === 0 ? guess : Math.ceil(guess * counted / guessed));
      }
      const tokens = count(prompt);
      letters += prompt.length;
      counted += tokens;
      guessed += guess;
      return shared + tokens;
    },
  };
}
