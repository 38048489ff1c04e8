/** The histograms of the GenAI conventions 1.41.0 for clients. */

import type { Histogram, Meter } from "@opentelemetry/api";

/** One attempt is one operation: retries are measured apart. */
export interface Instruments {
  /** Seconds from the request to the end of the answer. */
  readonly duration: Histogram;
  /** Tokens as the vendor counted them; estimates are not recorded. */
  readonly tokens: Histogram;
  /** Seconds from the request to the first content of a stream. */
  readonly timeToFirstChunk: Histogram;
  /** Seconds between two pieces of content of a stream. */
  readonly timePerOutputChunk: Histogram;
}

/** Powers of two from 10 ms to 82 s. */
const secondBoundaries = Array.from({ length: 14 }, (_, power) => 2 ** power / 100);
/** Powers of four from 1 to 67 million. */
const tokenBoundaries = Array.from({ length: 14 }, (_, power) => 4 ** power);

export function createInstruments(meter: Meter): Instruments {
  const seconds = (name: string, description: string) =>
    meter.createHistogram(name, {
      description,
      unit: "s",
      advice: { explicitBucketBoundaries: [...secondBoundaries] },
    });
  return {
    duration: seconds("gen_ai.client.operation.duration", "How long one request to a model's vendor took."),
    tokens: meter.createHistogram("gen_ai.client.token.usage", {
      description: "Input and output tokens of one request.",
      unit: "{token}",
      advice: { explicitBucketBoundaries: [...tokenBoundaries] },
    }),
    timeToFirstChunk: seconds(
      "gen_ai.client.operation.time_to_first_chunk",
      "How long a stream's first content took.",
    ),
    timePerOutputChunk: seconds(
      "gen_ai.client.operation.time_per_output_chunk",
      "How long each content after a stream's first took.",
    ),
  };
}
