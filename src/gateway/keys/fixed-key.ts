/** Keys of the config and of the key file as they may be shown: without secret and hash, and with where they are defined. */

import type { KeyOptions } from "../options.ts";
import { idOfKey } from "./entry.ts";
import type { ManagedSettings } from "./managed-row.ts";

export interface FixedKey {
  readonly id: string;
  readonly source: "config" | "file";
  /** Such as `keys[2]`. */
  readonly place: string;
  readonly settings: ManagedSettings;
}

export function fixedKeys(list: readonly KeyOptions[], source: FixedKey["source"]): readonly FixedKey[] {
  return list.map((options, index) => {
    const { key: _key, hash: _hash, id: _id, ...settings } = options;
    const place = source === "config" ? `keys[${index}]` : `entry ${index + 1} of the key file`;
    return { id: idOfKey(options), source, place, settings };
  });
}
