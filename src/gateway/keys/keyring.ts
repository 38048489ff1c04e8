/** The gateway's keys: says who calls. Every key is held as its hash alone, wherever it was defined. */

import type { Clock, Logger } from "../../contract/index.ts";
import { loomError } from "../../errors/index.ts";
import type { KeyOptions, KeysOptions, Principal } from "../options.ts";
import { faultsOfKeys } from "./check.ts";
import { digestOf, sameDigest } from "./digest.ts";
import { type KeyTable, principalOfEntry, tableOf } from "./entry.ts";
import { createTokenJudge, looksLikeToken, type TokenJudge } from "./jwt.ts";
import { createManaged, type ManagedKeys } from "./managed.ts";
import { fileStore } from "./managed-file.ts";
import { type ManagedStore, memoryStore } from "./managed-row.ts";
import { missing, presentedKey, refused, type RequestHeaders } from "./presented.ts";
import { anonymous, principalMaker } from "./principal.ts";
import { type FixedKey, fixedKeys } from "./fixed-key.ts";
import { watchKeyFile } from "./watch-key-file.ts";

export interface Keyring {
  /** Nobody ever said who may call: everybody is `anonymous`. */
  readonly open: boolean;
  /**
   * Who calls. Synchronous for keys, and for tokens that were verified a moment ago.
   *
   * @throws LoomError `auth-rejected`; `connection-failed` when an identity provider has to be asked and does not answer
   */
  find(headers: RequestHeaders): Principal | Promise<Principal>;
  /** Keys of the config and of the key file, as they may be shown. */
  fixed(): readonly FixedKey[];
  readonly managed: ManagedKeys;
  readonly clock: Clock;
  close(): void;
}

export interface KeyServices {
  readonly clock: Clock;
  readonly logger: Logger;
  /** A file of SQLite for the keys that are made while the gateway runs. Default: in memory. */
  readonly file?: string;
  /** Where such keys are, in place of `file`; whoever made it closes it. */
  readonly store?: ManagedStore;
}

/** How soon a key that one worker revoked is refused by the others. */
const refreshMs = 2000;

/** @throws LoomError `config-invalid`, naming the first fault and how many there are */
export async function createKeys(given: KeysOptions | undefined, services: KeyServices): Promise<Keyring> {
  const options = given ?? {};
  const { clock, logger } = services;
  const faults = faultsOfKeys(options);
  const [fault] = faults;
  if (fault !== undefined) {
    const more = faults.length === 1 ? "" : ` (and ${faults.length - 1} more)`;
    throw loomError("config-invalid", `${fault.path} ${fault.problem}${more}`, { path: fault.path });
  }
  const principalOf = principalMaker(options);
  const { list = [], jwt } = options;
  const configured = tableOf(list, principalOf);
  const shownConfigured = fixedKeys(list, "config");
  let ofFile: KeyTable = new Map();
  let shownOfFile: readonly FixedKey[] = [];
  const judge: TokenJudge | undefined = jwt && await createTokenJudge(jwt, clock, principalOf);

  const endings: (() => void)[] = [];
  const close = () => endings.splice(0).reverse().forEach((end) => end());
  if (options.file !== undefined) {
    const use = (keys: readonly KeyOptions[]) => {
      ofFile = tableOf(keys, principalOf);
      shownOfFile = fixedKeys(keys, "file");
    };
    const digests = [...configured.keys()].map((digest, index) => [digest, `keys[${index}]`] as const);
    const ids = shownConfigured.map(({ id, place }) => [id, place] as const);
    // Digests only: the options with their secrets are not held on to.
    const taken = () => ({ digests: new Map(digests), ids: new Map(ids) });
    endings.push(await watchKeyFile(options.file, { clock, logger, taken, use }));
  }

  let managed: ManagedKeys;
  try {
    const store = services.store ?? await ownStore(services);
    if (store !== services.store) endings.push(() => store.close());
    managed = createManaged(store, clock, principalOf);
    endings.push(keepFresh(managed, services));
  } catch (error) {
    close();
    throw error;
  }
  const configuredAtAll = list.length > 0 || options.file !== undefined || jwt !== undefined;
  const isOpen = () => !configuredAtAll && managed.rows.size === 0;

  return {
    get open() {
      return isOpen();
    },
    find(headers) {
      if (isOpen()) return anonymous;
      const secret = presentedKey(headers);
      if (secret === undefined) throw missing();
      const digest = digestOf(secret);
      const entry = configured.get(digest) ?? ofFile.get(digest) ?? managed.table.get(digest);
      if (entry !== undefined && sameDigest(digest, entry.digest)) {
        return principalOfEntry(entry, clock.now());
      }
      if (judge !== undefined && headers["authorization"] !== undefined && looksLikeToken(secret)) {
        return judge.find(secret, digest);
      }
      throw refused("the gateway key is not known, or was revoked");
    },
    fixed: () => [...shownConfigured, ...shownOfFile],
    managed,
    clock,
    close,
  };
}

async function ownStore({ file, logger }: KeyServices): Promise<ManagedStore> {
  if (file === undefined) return memoryStore();
  return await fileStore(file, (id) => {
    logger.error(`key "${id}" in ${file} cannot be read and is not accepted`);
  });
}

/** Takes over what other workers and keyrings changed, in the background; a store of one's own in memory nobody else changes. */
function keepFresh(managed: ManagedKeys, { clock, logger, file, store }: KeyServices): () => void {
  if (file === undefined && store === undefined) return () => {};
  let complained = false;
  let cancel: () => void;
  const look = () => {
    try {
      managed.refresh();
      complained = false;
    } catch (error) {
      if (!complained) logger.error(`the managed keys cannot be read again: ${(error as Error).message}`);
      complained = true;
    }
    cancel = clock.after(refreshMs, look, { background: true });
  };
  cancel = clock.after(refreshMs, look, { background: true });
  return () => cancel();
}
