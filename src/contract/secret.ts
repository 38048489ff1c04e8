/** Keys that cannot be printed by accident, and the vaults they come from. */

/** A key. Prints as `[secret]` in every form but `reveal`. */
export interface Secret {
  /** The key itself; to be used at the place where it is sent, and nowhere else. */
  reveal(): string;
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
  close?(): Promise<void> | void;
}
