/**
 * Check digits of identifiers. Pure. Every function takes digits only, and says false to others.
 */

/** True where GS1's check digit holds, with weights 1 and 3 from the right. */
export function holdsGs1(digits: string): boolean {
  return /^\d{2,}$/.test(digits) && weighted(digits, (i) => (i % 2 === 0 ? 1 : 3)) % 10 === 0;
}

/** True where the check digit of Luhn (ISO/IEC 7812-1) holds. */
export function holdsLuhn(digits: string): boolean {
  if (!/^\d{2,}$/.test(digits)) return false;
  const parts = fromRight(digits).map((digit, i) => {
    const double = i % 2 === 0 ? digit : 2 * digit;
    return double > 9 ? double - 9 : double;
  });
  return parts.reduce((sum, part) => sum + part, 0) % 10 === 0;
}

/** True for a Norwegian organisation number: nine digits, modulo 11, weights 2 to 7. */
export function isNorwegianNumber(digits: string): boolean {
  if (!/^\d{9}$/.test(digits) || Number(digits) === 0) return false;
  return weighted(digits, (i) => (i === 0 ? 1 : ((i - 1) % 6) + 2)) % 11 === 0;
}

/** True for a Belgian enterprise number: ten digits, the last two 97 less the rest modulo 97. */
export function isBelgianNumber(digits: string): boolean {
  if (!/^\d{10}$/.test(digits)) return false;
  return 97 - (Number(digits.slice(0, 8)) % 97) === Number(digits.slice(8));
}

/** True for an Australian Business Number: eleven digits, modulo 89, the first less one. */
export function isAustralianNumber(digits: string): boolean {
  if (!/^\d{11}$/.test(digits)) return false;
  const weights = [10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19];
  const sum = weights.reduce((total, weight, i) => total + weight * Number(digits[i]), 0);
  return (sum - 10) % 89 === 0;
}

/**
 * True for a Greek tax number (ΑΦΜ): nine digits, modulo 11 with powers of two, and that modulo
 * 10.
 */
export function isGreekNumber(digits: string): boolean {
  if (!/^\d{9}$/.test(digits)) return false;
  const sum = weighted(digits, (i) => (i === 0 ? 0 : 2 ** i));
  return (sum % 11) % 10 === Number(digits[8]);
}

function fromRight(digits: string): number[] {
  return [...digits].reverse().map(Number);
}

function weighted(digits: string, weight: (fromRight: number) => number): number {
  return fromRight(digits).reduce((sum, digit, i) => sum + digit * weight(i), 0);
}
