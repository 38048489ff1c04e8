/** What the guard tells apart. */

/** Names of findings, and so of placeholders. National ids carry their country first. */
export const piiKinds = [
  "EMAIL",
  "PHONE",
  "CARD",
  "IBAN",
  "IP",
  "ADDRESS",
  "US_SSN",
  "UK_NHS",
  "DE_TAX_ID",
  "FR_NIR",
  "ES_DNI",
  "IT_TAX_CODE",
  "NL_BSN",
  "PL_PESEL",
  "BR_CPF",
  "BR_CNPJ",
  "IN_AADHAAR",
  "CN_ID",
] as const;

export type PiiKind = typeof piiKinds[number];

/** A place that looks like personal data. */
export interface Found {
  readonly start: number;
  readonly end: number;
  readonly kind: PiiKind;
  readonly score: number;
}

/** Looks for kinds of one family. Takes linear time, and never throws. */
export type Detector = (text: string) => readonly Found[];
