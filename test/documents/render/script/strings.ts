/** Generated strings of three scripts: what people write, and what nobody writes. */
type Alphabet = { letters: string; marks: string; joiners: string };

/**
 * A vowel letter takes no vowel sign (The Unicode Standard, table 12-1): HarfBuzz's command marks
 * such a pair with a dotted circle, its WebAssembly leaves it as it is.
 */
const TAKES_NO_MARK = /[अआइईउऊऋएऐओऔ][\u200c\u200d]*$/;

const ALPHABETS: Record<string, Alphabet> = {
  Arabic: {
    letters: "ابتثجحخدذرزسشصضطظعغفقكلمنهويءآأؤإئىةپچژکگی",
    marks: "\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652\u0670",
    joiners: "\u0640\u200c\u200d",
  },
  Hebrew: {
    letters: "אבגדהוזחטיכךלמםנןסעפףצץקרשת",
    marks: "\u05b0\u05b1\u05b2\u05b3\u05b4\u05b5\u05b6\u05b7\u05b8\u05b9\u05bb\u05bc\u05c1\u05c2",
    joiners: "\u05be\u05f3\u05f4",
  },
  Devanagari: {
    letters: "कखगघङचछजझञटठडढणतथदधनपफबभमयरलवशषसहअआइईउऊऋएऐओऔ",
    marks: "\u093e\u093f\u0940\u0941\u0942\u0943\u0947\u0948\u094b\u094c\u0902\u0903\u0901\u093c",
    joiners: "\u094d\u094d\u094d\u094d\u200c\u200d",
  },
};
export const SCRIPTS = Object.keys(ALPHABETS);

/** A sequence of numbers below 1 that is the same in every run (mulberry32). */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** As many words of a script, the same for the same seed. */
export function generatedStrings(script: string, count: number, seed = 1): string[] {
  const alphabet = ALPHABETS[script] ?? { letters: "", marks: "", joiners: "" };
  const next = sequence(seed);
  const one = (from: string) => [...from][Math.floor(next() * [...from].length)] ?? "";
  return Array.from({ length: count }, () => {
    const length = 1 + Math.floor(next() * 9);
    let text = one(alphabet.letters);
    while ([...text].length < length) {
      const kind = next();
      if (kind < 0.5) text += one(alphabet.letters);
      else if (kind < 0.75 && !TAKES_NO_MARK.test(text)) text += one(alphabet.marks);
      else text += one(alphabet.joiners) + one(alphabet.letters);
    }
    return text;
  });
}
