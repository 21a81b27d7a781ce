/** How a day's events are spread over tenants: a Zipf law, by the share of the largest. Pure. */

/** Beyond it, sums of powers are taken from their integral, to far more digits than are shown. */
const EXACT = 1_000;
const HALVINGS = 60;
const STEEPEST = 40;

/** Σ k^-z for k from 1 to n. */
export function powerSum(n: number, z: number): number {
  const first = Math.min(n, EXACT);
  let sum = 0;
  for (let k = 1; k <= first; k++) sum += k ** -z;
  if (n === first) return sum;
  // Euler and Maclaurin: the integral, half of both ends, and the first correction.
  const [a, b] = [first + 1, n];
  const integral =
    Math.abs(z - 1) < 1e-9 ? Math.log(b / a) : (b ** (1 - z) - a ** (1 - z)) / (1 - z);
  const ends = (a ** -z + b ** -z) / 2;
  return sum + integral + ends + (z * (a ** (-z - 1) - b ** (-z - 1))) / 12;
}

/** The exponent with which the largest of `tenants` has this share; at least an even one. */
export function exponentFor(tenants: number, share: number): number {
  if (tenants === 1 || share <= 1 / tenants) return 0;
  let [low, high] = [0, STEEPEST];
  for (let i = 0; i < HALVINGS; i++) {
    const z = (low + high) / 2;
    if (1 / powerSum(tenants, z) < share) low = z;
    else high = z;
  }
  return high;
}

/** Each tenant's share of all events, the largest first; they add up to 1. */
export function* shares(tenants: number, largest: number): Generator<number> {
  const z = exponentFor(tenants, largest);
  const sum = powerSum(tenants, z);
  for (let k = 1; k <= tenants; k++) yield k ** -z / sum;
}
