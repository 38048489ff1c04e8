/** A figure that is counted in. */

export interface Cell {
  value: number;
}

/** Adds what is a number above 0; counters never go down. */
export function add(cell: Cell, amount: number): void {
  if (amount > 0 && amount < Infinity) cell.value += amount;
}
