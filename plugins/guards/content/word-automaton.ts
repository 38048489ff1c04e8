/** Finds any of many words in one pass over a text (Aho and Corasick). */

/** A place where a word of the list ends, and its length. */
export interface Place {
  readonly end: number;
  readonly length: number;
}

interface Node {
  readonly next: Map<number, Node>;
  /** Where to go on when no letter fits: the longest ending that begins a word. */
  fallback: Node | undefined;
  /** Length of the word that ends here; 0: none. */
  length: number;
  /** The next shorter word that ends here too. */
  shorter: Node | undefined;
}

const node = (): Node => ({ next: new Map(), fallback: undefined, length: 0, shorter: undefined });

/** @param most words that may end at one place; texts of one letter, and lists of its repetitions, stay linear by it */
export function wordAutomaton(
  words: readonly string[],
  most = 8,
): (text: string, visit: (place: Place) => void) => void {
  const root = node();
  for (const word of words) {
    let at = root;
    for (let index = 0; index < word.length; index++) {
      const letter = word.charCodeAt(index);
      let next = at.next.get(letter);
      if (next === undefined) at.next.set(letter, next = node());
      at = next;
    }
    at.length = word.length;
  }
  const queue = [root];
  for (let one = queue.shift(); one !== undefined; one = queue.shift()) {
    for (const [letter, next] of one.next) {
      const fallback = one === root ? root : step(one.fallback ?? root, letter);
      next.fallback = fallback;
      next.shorter = fallback.length > 0 ? fallback : fallback.shorter;
      queue.push(next);
    }
  }

  function step(from: Node, letter: number): Node {
    let at: Node | undefined = from;
    while (at !== undefined) {
      const next = at.next.get(letter);
      if (next !== undefined) return next;
      at = at.fallback;
    }
    return root;
  }

  return (text, visit) => {
    let at = root;
    for (let index = 0; index < text.length; index++) {
      at = step(at, text.charCodeAt(index));
      let told = 0;
      for (
        let one: Node | undefined = at.length > 0 ? at : at.shorter;
        one !== undefined && told < most;
        one = one.shorter
      ) {
        visit({ end: index + 1, length: one.length });
        told++;
      }
    }
  };
}
