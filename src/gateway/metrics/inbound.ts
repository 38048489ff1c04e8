/** What the HTTP side tells of a call, for counting. */

export interface Inbound {
  /** Id of the wire format. */
  readonly format: string;
  readonly keyId: string;
  readonly team?: string;
  /** The HTTP status that was given. */
  readonly status: number;
  /** Loom's own time, where it was measured. */
  readonly overheadMs?: number;
}
