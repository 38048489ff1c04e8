/** The words just before a number, which say what it is. */

/** How far back a word still speaks of the number. */
const reachChars = 44;

/** Whether a word stands shortly before the place, in the same line. */
export function speaksOf(words: RegExp, text: string, start: number): boolean {
  const before = text.slice(Math.max(0, start - reachChars), start);
  return words.test(before.slice(before.lastIndexOf("\n") + 1));
}

/** Words after which a number names a thing, not a person. */
const things =
  /(?:order|invoice|ticket|tracking|parcel|serial|model|part|item|sku|version|build|isbn|issn|doi|case|batch|job|request|transaction|article|commit|bestell|rechnung|auftrag|sendung|artikel|vorgang|commande|facture|colis|pedido|factura|fatura|ordine|fattura|bestelling|factuur|zam[oó]wien|faktur|заказ|сч[её]т|订单|发票|注文|주문|sipari[sş])[^\d]{0,24}$/i;

/** Whether the number is one of an order, an invoice, a part and their like. */
export function namesThing(text: string, start: number): boolean {
  return speaksOf(things, text, start);
}
