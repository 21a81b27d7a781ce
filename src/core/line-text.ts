/** What a line of text may hold. Pure. */

// Control characters; halves of surrogate pairs, which no UTF-8 text can hold; noncharacters, such
// as U+FFFE, which no XML can hold; and nothing to see.
const UNCLEAN =
  /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]|^[\p{Z}\p{Cf}\p{Default_Ignorable_Code_Point}]+$/u;

/** True for text with something to see in it, and nothing that cannot be printed. */
export function isPrinted(text: string): boolean {
  return !UNCLEAN.test(text);
}

/** True for one line of text of at most `max` characters, with something in it. */
export function isLine(text: string, max: number): boolean {
  return text !== "" && text.length <= max && !UNCLEAN.test(text);
}
