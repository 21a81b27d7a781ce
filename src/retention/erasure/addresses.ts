/** A person's addresses in texts, each as a whole: `anna@b.test` has no `na@b.test`. Pure. */

/** What stands before an address that is a part of a longer one; in JSON, `\n` is no letter. */
const BEGINS = String.raw`(?:(?<=\\[bfnrt])|(?<![\p{L}\p{N}_.+-]))`;
const ENDS = String.raw`(?![\p{L}\p{N}_-]|\.[\p{L}\p{N}])`;

export class Addresses {
  readonly #pattern: RegExp | null;

  /** Addresses of one person, in whatever case. */
  constructor(addresses: readonly string[]) {
    const escaped = addresses.map((one) => one.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    this.#pattern =
      escaped.length === 0 ? null : new RegExp(`${BEGINS}(?:${escaped.join("|")})${ENDS}`, "giu");
  }

  areIn(text: string): boolean {
    return this.#pattern !== null && text.search(this.#pattern) >= 0;
  }

  /** The text with another in the place of each. */
  replacedIn(text: string, alias: string): string {
    return this.#pattern === null ? text : text.replaceAll(this.#pattern, alias);
  }
}
