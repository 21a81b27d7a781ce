/** The metrics of a tenant, by name: those that it recorded under or declared. Pure. */
import { STANDARD } from "../catalogue/catalogue.ts";

export class MetricNames {
  readonly #names = new Set<string>(STANDARD);

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
}
