/** A stored row that this version cannot read, such as one that was edited by hand: no repetition makes it readable. */
export class UnreadableRow extends Error {
  override readonly name = 'UnreadableRow';
}
