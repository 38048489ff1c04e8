/** Finds which output item an event of a stream speaks of, from whatever the vendor says of that. */

import { asFields, asIndex, asText, type Fields } from "../../../src/plugin.ts";
import type { Call } from "./calls.ts";
import { nothingTold, type Told } from "./items.ts";

/** More items than any vendor gives. */
export const maxItems = 4096;

/** What is known of one output item. */
export interface Slot {
  readonly told: Told;
  /** Its `output_index`, once an event named it. */
  place: number | undefined;
  type: string | undefined;
  call: Call | undefined;
  done: boolean;
}

/** What an event is for its item. */
export type Role = "begins" | "continues" | "ends";

/**
 * The items of one response: by `output_index`, because some vendors give every event another `item_id`; by id where there is
 * no index; and where there is neither, an event speaks of the item before it.
 */
export class Slots {
  readonly #all: Slot[] = [];
  readonly #byPlace = new Map<number, Slot>();
  readonly #byId = new Map<string, Slot>();
  readonly #fault: (why: string) => Error;
  #latest: Slot | undefined;

  constructor(fault: (why: string) => Error) {
    this.#fault = fault;
  }

  /** In the order of the response. */
  get inOrder(): Slot[] {
    const places = this.#all.map((slot, order) => ({ slot, place: slot.place ?? order }));
    return places.sort((one, other) => one.place - other.place).map(({ slot }) => slot);
  }

  /** @param type of the items that have such events; `undefined`: the event's own item says it */
  of(event: Fields, role: Role, type?: string): Slot {
    const item = asFields(event["item"]);
    const place = asIndex(event["output_index"], maxItems);
    const id = asText(event["item_id"]) ?? asText(item?.["id"]);
    const wanted = type ?? asText(item?.["type"]);
    const found = this.#find(place, id, role, wanted);
    const slot = this.#latest = found ?? this.open();
    if (found === undefined) slot.type = type;
    if (place !== undefined && slot.place === undefined) {
      slot.place = place;
      this.#byPlace.set(place, slot);
    }
    // Ids of pieces alone would grow with the answer, where each piece has its own.
    if (id !== undefined && (found === undefined || role !== "continues")) this.#byId.set(id, slot);
    return slot;
  }

  open(): Slot {
    if (this.#all.length >= maxItems) throw this.#fault("it has too many items");
    const slot: Slot = {
      told: nothingTold(),
      place: undefined,
      type: undefined,
      call: undefined,
      done: false,
    };
    this.#all.push(slot);
    return slot;
  }

  #find(place: number | undefined, id: string | undefined, role: Role, type: string | undefined) {
    const placed = place === undefined ? undefined : this.#byPlace.get(place);
    if (placed !== undefined) return placed;
    const named = id === undefined ? undefined : this.#byId.get(id);
    // One that has another place is another item.
    if (named !== undefined && (place === undefined || named.place === undefined)) {
      return role === "begins" && named.done ? undefined : named;
    }
    if (role === "begins") return undefined;
    const open = ({ done, place: own, ...slot }: Slot) =>
      !done && (place === undefined || own === undefined) &&
      (type === undefined || slot.type === undefined || slot.type === type);
    const latest = this.#latest;
    return latest !== undefined && open(latest) ? latest : this.#all.findLast(open);
  }
}
