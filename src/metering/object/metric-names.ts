/** The metrics of a tenant, by name: those that it recorded under or declared. Pure. */
import { STANDARD } from "../catalogue/catalogue.ts";
import { nearestName } from "../catalogue/nearest.ts";

/** Names of which it is remembered which one was meant. */
const MOST_MEANT = 1_000;

export class MetricNames {
  readonly #names = new Set<string>(STANDARD);
  readonly #declared = new Set<string>(STANDARD);
  /** Which declared name somebody may have meant, by what was written. */
  readonly #meant = new Map<string, string | null>();

  /** How many are the tenant's own: the standard ones are everybody's. */
  get own(): number {
    return this.#names.size - STANDARD.length;
  }

  has(metric: string): boolean {
    return this.#names.has(metric);
  }

  add(metrics: Iterable<string>): void {
    for (const metric of metrics) this.#names.add(metric);
  }

  isDeclared(metric: string): boolean {
    return this.#declared.has(metric);
  }

  /** Adds metrics that somebody declared. */
  declare(metrics: Iterable<string>): void {
    this.#meant.clear();
    for (const metric of metrics) {
      this.#names.add(metric);
      this.#declared.add(metric);
    }
  }

  /** Forgets which names were meant: there are others now that could be. */
  reconsider(): void {
    this.#meant.clear();
  }

  /** The declared name that is most like another one, or one of `priced`; null where none is. */
  nearest(metric: string, priced: Iterable<string>): string | null {
    const known = this.#meant.get(metric);
    if (known !== undefined) return known;
    const found = nearestName(metric, this.#candidates(priced));
    if (this.#meant.size >= MOST_MEANT) this.#meant.clear();
    this.#meant.set(metric, found);
    return found;
  }

  *#candidates(priced: Iterable<string>): Generator<string> {
    yield* priced;
    yield* this.#declared;
  }
}
