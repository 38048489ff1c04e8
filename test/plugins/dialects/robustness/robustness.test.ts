/**
 * What real traffic does to answers, done to every recorded answer of every dialect: cut, written otherwise, with data that
 * nobody knows, without data that everybody expects, with data of the wrong kind, broken off, repeated.
 */

import {
  changedPlaces,
  othersThan,
  severalPlaces,
  unknownEntries,
  unknownFields,
  unknownWords,
} from "./change-laws.ts";
import { law } from "./law.ts";
import {
  cuts,
  disorder,
  errorEvents,
  repetitions,
  truncations,
  unknownEvents,
  writings,
} from "./stream-laws.ts";

const whole = ["media"];

law("a stream means the same wherever it is cut", cuts, whole);
law("a stream means the same however its lines are written", writings, [...whole, "bedrock-converse"]);
law("an unknown field changes nothing", unknownFields);
law("an unknown entry of a list changes nothing", unknownEntries, ["media"]);
law("an unknown event changes nothing", unknownEvents, whole);
law("an unknown word is no failure", unknownWords);
law("nothing has to be there", (sample) => changedPlaces(sample, () => [undefined, null]));
law("nothing has to be of its kind", (sample) => changedPlaces(sample, othersThan));
law("nothing has to be of its kind, in several places", severalPlaces);
law("what is cut short never ends well", truncations, whole);
law("an error inside a stream is thrown as what it is", errorEvents, whole);
law("what is said twice counts once", repetitions, whole);
law("a stream in disorder is decoded or refused", disorder, whole);
