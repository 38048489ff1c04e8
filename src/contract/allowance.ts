/** What is left of a caller's allowances. */

/** The tightest of a call's allowances, kind by kind, as `x-ratelimit-*` headers tell it. */
export interface AllowanceState {
  readonly requests?: AllowanceLevel;
  readonly tokens?: AllowanceLevel;
}

export interface AllowanceLevel {
  readonly limit: number;
  readonly remaining: number;
  /** Until all of it is free again, if nothing more is used. */
  readonly resetMs: number;
}
