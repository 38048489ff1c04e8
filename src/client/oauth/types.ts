/** OAuth 2.0 for accounts: who asks, where, and where tokens are kept. */

import type { Clock, Http } from "../../contract/services.ts";

/** One registered client of one authorization server. Loom ships none: an id is given by the vendor. */
export interface OAuthClient {
  /** `https:`, or a loopback address. */
  readonly tokenUrl: string;
  readonly clientId: string;
  /** Where people log in; only needed for that. */
  readonly authorizeUrl?: string;
  /** Where they are sent afterwards, as registered; only needed to log in. */
  readonly redirectUri?: string;
  readonly scopes?: readonly string[];
  /** Added to the address where people log in. */
  readonly authorizeParams?: Readonly<Record<string, string>>;
  /** Sent with every request for tokens, such as `anthropic-beta`. */
  readonly tokenHeaders?: Readonly<Record<string, string>>;
}

/** What a login or a renewal gives. Prints as `[secret]`; `JSON.stringify` shows the tokens, so that they can be stored. */
export interface OAuthCredentials {
  readonly accessToken: string;
  /** Absent: the access token cannot be renewed. */
  readonly refreshToken?: string;
  /** Milliseconds since the epoch. Absent: it does not expire. */
  readonly expiresAtMs?: number;
}

/** Where an account's credentials outlive the process: a file, a database, a secret store. */
export interface OAuthStore {
  /** `undefined`: nobody has logged in yet. */
  load(): Promise<OAuthCredentials | undefined> | OAuthCredentials | undefined;
  /** Called after each renewal: vendors may make the old refresh token worthless with it. */
  save(credentials: OAuthCredentials): Promise<void> | void;
}

/** What makes an account that logs in with OAuth. */
export interface OAuthAccount extends OAuthClient {
  readonly store: OAuthStore;
  /** Hears of failures that calls survive: a renewal ahead of time that failed, credentials that could not be stored. */
  readonly onError?: (error: unknown) => void;
}

/** Default: the machine's clock, and an HTTP service of its own for each request. */
export interface OAuthServices {
  readonly http?: Pick<Http, "request">;
  readonly clock?: Clock;
}
