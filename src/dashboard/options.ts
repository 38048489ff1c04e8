/** What a dashboard is told: where calls are recorded, which Loom they went through, who may look. */

import type { Loom } from "../client/loom.ts";
import type { CallHistory, Clock } from "../contract/index.ts";

export interface DashboardOptions {
  /**
   * The Loom that it shows. Its providers, accounts, breakers, prices and currency are read, and its history, unless `history`
   * names another. A function is asked for each request, for hosts that put a new Loom in the place of the old one.
   */
  readonly loom?: Loom | (() => Loom);
  /** Where calls were recorded: the `history` of a sink. Default: that of the first sink of `loom` that has one. */
  readonly history?: CallHistory | (() => CallHistory | undefined);
  /** The path under which the host serves it, such as `/ops/loom`. Default: the root. */
  readonly basePath?: string;
  /** Asked for as `Authorization: Bearer`; the page asks the person. Without one, the host decides who may look. */
  readonly key?: string;
  /** Who reaches it where it has no key, for the page to say so. Default `host`: whoever the host lets through. */
  readonly reach?: "loopback" | "host";
  /** Providers that are listed even when nothing was asked of them. */
  readonly providers?: readonly string[] | (() => readonly string[]);
  /** Sentences that the page shows above everything else. */
  readonly notices?: readonly string[];
  /** Default: that of the system. */
  readonly clock?: Clock;
}

/** A web-standard handler, for any host that has `Request` and `Response`. */
export interface Dashboard {
  /** Answers whatever lies under `basePath`; everything else is 404. Needs no `this`. */
  fetch(request: Request): Promise<Response>;
  /** Ends the live streams and takes no more of them; to be called before the host's server waits for its requests. */
  close(): void;
}
