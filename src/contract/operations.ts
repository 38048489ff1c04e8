/** What a vendor can be asked beside calls: how long a prompt is, and to keep the beginning of a conversation. */

/** How long a call would be. */
export interface TokenCount {
  readonly inputTokens: number;
  /** The part of it that the vendor has in a cache. */
  readonly cachedTokens?: number;
}

/** For how long a beginning is to be kept, and under what name people see it. */
export interface CacheOrder {
  readonly ttlSeconds?: number;
  readonly displayName?: string;
}

/** The beginning of conversations, kept at the vendor: turns, system text and tools. Billed by time. */
export interface ContextCache {
  readonly provider: string;
  /** The model it was made for, and works with. */
  readonly model: string;
  /** The vendor's name of it, to be sent as the param `cached_content`. */
  readonly id: string;
  /** What is kept, in tokens. */
  readonly tokens?: number;
  /** When the vendor drops it, in milliseconds since the epoch. */
  readonly expiresAtMs?: number;
}
