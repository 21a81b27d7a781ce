/**
 * A hash chain, and what breaks it. Each link has the next number from 1 on, and the SHA-256 of the
 * hash of the one before it, a line feed, and its own text; before the first one stands no hash.
 * Pure but for the digest, which is handed in.
 */

/** Makes the SHA-256 of a text, as 64 hexadecimal characters. */
export type Digest = (text: string) => Promise<string>;

/** How far a chain is known: the number and the hash of a link. */
export type Place = { seq: number; hash: string };
export const BEGINNING: Place = { seq: 0, hash: "" };

/** A link as it is stored. `hash` is null where it was taken away. */
export type Link = { seq: number; id: string; hash: string | null; text: string };

/**
 * What is wrong, and with which link: it is not what was sealed, links before it are gone, it
 * stands where another one does, or it comes before one that it follows.
 */
export type Fault = {
  kind: "changed" | "missing" | "inserted" | "order";
  seq: number;
  id: string | null;
  detail: string;
};

/** The hash of the link with this text, after the link with the hash `previous`. */
export function linkHash(previous: string, text: string, digest: Digest): Promise<string> {
  return digest(`${previous}\n${text}`);
}

/**
 * Goes on from a place to the next link. After a fault the chain goes on from the link's own hash,
 * so that each fault is found by itself.
 */
export async function follow(
  place: Place,
  link: Link,
  digest: Digest,
): Promise<{ place: Place; fault: Fault | null }> {
  const { seq, id } = link;
  const next = { seq, hash: link.hash ?? "" };
  const found = (kind: Fault["kind"], detail: string, on: Place) => ({
    place: on,
    fault: { kind, seq, id, detail },
  });
  if (seq === place.seq) return found("inserted", `there are two with the number ${seq}`, place);
  if (seq < place.seq) return found("order", `it comes after number ${place.seq}`, place);
  if (seq > place.seq + 1)
    return found("missing", `${gap(place.seq + 1, seq - 1)} before it`, next);
  const expected = await linkHash(place.hash, link.text, digest);
  if (expected === link.hash) return { place: next, fault: null };
  return found("changed", "it is not what its hash was made of", next);
}

/** What is wrong at the end of a chain whose head is known; null where it ends with it. */
export function endFault(place: Place, head: Place): Fault | null {
  const { seq } = head;
  if (place.seq < seq) {
    const detail = `${gap(place.seq + 1, seq)} at the end`;
    return { kind: "missing", seq, id: null, detail };
  }
  if (place.seq > seq) {
    const detail = `there are more than the ${seq} that the head knows of`;
    return { kind: "inserted", seq: place.seq, id: null, detail };
  }
  if (place.hash === head.hash) return null;
  return { kind: "changed", seq, id: null, detail: "the last hash is not the head's" };
}

function gap(first: number, last: number): string {
  return first === last ? `number ${first} is gone` : `numbers ${first} to ${last} are gone`;
}
