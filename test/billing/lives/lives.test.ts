/**
 * Random lives of subscriptions, played through test clocks and compared with `model.ts`. One that
 * differs is printed with as few steps as still differ.
 */
import { env } from "cloudflare:workers";
import { describe, it } from "vitest";
import { playLives } from "./campaign.ts";

/** The long form: `npm run test:lives`; one seed: `LIFE_SEED=7 npm run test:lives`. */
const { LIVES, LIFE_SEED, LIFE_WHOLE } = env as unknown as Record<string, string>;
const TOGETHER = 25;
/** A life takes a third of a second; a machine that does other work takes its time. */
const TIMEOUT_MS = 600_000;

const one = LIFE_SEED !== "";
const [first, count] = one ? [Number(LIFE_SEED), 1] : [1, Number(LIVES)];
const parts = Array.from({ length: Math.ceil(count / TOGETHER) }, (_, i) => ({
  from: first + i * TOGETHER,
  lives: Math.min(TOGETHER, count - i * TOGETHER),
}));

describe("random lives of subscriptions", () => {
  it.each(parts)(
    "are billed as the model says: $lives from seed $from on",
    { timeout: TIMEOUT_MS },
    ({ from, lives }) => playLives(from, lives, LIFE_WHOLE !== ""),
  );
});
