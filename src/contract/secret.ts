/** Keys that cannot be printed by accident, and the vaults they come from. */

/** A key. Prints as `[secret]` in every form but `reveal`. */
export interface Secret {
  /** The key itself; to be used at the place where it is sent, and nowhere else. */
  reveal(): string;
  /** `bearer`: a token, which is sent as `Authorization: Bearer` even where the vendor's keys have a header of their own. */
  readonly scheme?: "bearer";
  toString(): string;
  toJSON(): string;
}

/** A place that keys come from when neither code nor environment has them. Loom caches what it reads. */
export interface Vault {
  /**
   * Reads one secret by the vendor's standard name, for example `OPENAI_API_KEY`. `undefined`: there is none.
   * @throws when the vault cannot be asked; a missing secret is not an error
   */
  read(name: string, signal: AbortSignal): Promise<string | undefined>;
  /** How long Loom uses what it read before it reads again. Default 300,000. */
  readonly ttlMs?: number | undefined;
  close?(): Promise<void> | void;
}
