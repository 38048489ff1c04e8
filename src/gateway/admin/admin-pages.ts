/** Pages on the admin port that another part of the program makes, such as the dashboard. */

import type { Loom } from "../../client/loom.ts";
import type { CallHistory } from "../../contract/index.ts";

/** Made from what it shows; a reload changes what these functions give. */
export type MakeAdminPages = (shown: ShownGateway) => AdminPages;

export interface ShownGateway {
  loom(): Loom;
  /** Of the configured sinks, or of the calls that this process keeps in memory. `undefined`: calls are kept nowhere. */
  history(): CallHistory | undefined;
  /** Providers that the configuration names. */
  providers(): readonly string[];
  /** Where they lie, without a slash at the end. */
  readonly path: string;
  /** They are to ask for it themselves. */
  readonly key: string | undefined;
}

export interface AdminPages {
  fetch(request: Request): Promise<Response>;
  /** Ends what it would send for as long as somebody listens. */
  close(): void;
}

/** Where such pages lie on the admin port. */
export const pagesPath = "/loom-admin";
