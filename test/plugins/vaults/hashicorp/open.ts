/** Opens the vault `hashicorp` over real HTTP, with a clock and variables of the test's own. */

import plugin from "../../../../plugins/vaults/hashicorp/index.ts";
import { CLOCK, ENVIRONMENT, HTTP, type Vault } from "../../../../src/plugin.ts";
import { systemClock } from "../../../../src/runtime/clock.ts";
import { fixedEnvironment } from "../../../../src/runtime/environment.ts";
import { type FakeClock, fakeClock } from "../../../../src/testing/fake-clock.ts";
import { createHttp } from "../../../../src/wire/http.ts";
import { optionsOf } from "../../../support/options.ts";
import { useOf } from "../../../support/use.ts";
import { type HashicorpStandIn, rootToken } from "../support/hashicorp-stand-in.ts";

export interface OpenVault extends Vault {
  readonly clock: FakeClock;
  close(): Promise<void>;
  read(name: string, signal?: AbortSignal): Promise<string | undefined>;
}

/** With the root token, unless the options say otherwise. The address is the stand-in's. */
export async function openHashicorp(
  { url }: Pick<HashicorpStandIn, "url">,
  given: Readonly<Record<string, unknown>> = {},
  variables: Readonly<Record<string, string>> = { VAULT_TOKEN: rootToken },
): Promise<OpenVault> {
  const clock = fakeClock();
  const http = createHttp(systemClock);
  const use = useOf([CLOCK, clock], [HTTP, http], [ENVIRONMENT, fixedEnvironment(variables)]);
  const vault = await plugin.make(use, optionsOf(plugin, { address: url, ...given }));
  return {
    clock,
    read: (name, signal = new AbortController().signal) => vault.read(name, signal),
    async close() {
      await vault.close?.();
      await http.close();
    },
  };
}
