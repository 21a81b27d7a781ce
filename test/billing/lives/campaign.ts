/** Plays lives and compares each with the model; shortens one that differs. */
import { drawLife } from "./draw.ts";
import { type Life, storyOf } from "./life.ts";
import { Model } from "./model.ts";
import { begin, productResult, take } from "./play.ts";
import { modelResult } from "./result.ts";

/** What differs, a line each; empty where the product and the model agree. */
async function differencesIn(life: Life): Promise<string[]> {
  const played = await begin(life);
  const model = new Model(life, played.issuer);
  for (const [i, step] of life.steps.entries()) {
    const expected = model.take(step);
    if (expected === null) continue;
    const found = await take(played, step);
    if (found !== expected) return [`step ${i + 1}: product ${found}; model ${expected}`];
  }
  const [expected, found] = [modelResult(model, life), await productResult(played)];
  return (["periods", "documents", "credits"] as const).flatMap((part) => [
    ...without(expected[part], found[part]).map((text) => `${part}, model:   ${text}`),
    ...without(found[part], expected[part]).map((text) => `${part}, product: ${text}`),
  ]);
}

/** Those of a list that another lacks. */
function without(list: readonly string[], other: readonly string[]): string[] {
  const left = [...other];
  return list.filter((text) => {
    const at = left.indexOf(text);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/**
 * Plays the lives of some seeds. Errors: one that tells the first that differs, with as few steps
 * as still do unless `whole`.
 */
export async function playLives(firstSeed: number, count: number, whole: boolean): Promise<void> {
  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    const life = drawLife(seed);
    if ((await faultsOf(life)).length === 0) continue;
    const short = whole ? life : await shortened(life);
    const story = [storyOf(short), ...(await faultsOf(short))].join("\n");
    throw new Error(`${story}\nto play it again: LIFE_SEED=${seed} npm run test:lives`);
  }
}

/** As `differencesIn`; what fails while it is played is a difference, too. */
async function faultsOf(life: Life): Promise<string[]> {
  try {
    return await differencesIn(life);
  } catch (error) {
    return [String(error instanceof Error ? error.message : error)];
  }
}

/** A life with as few steps as still make it differ. */
async function shortened(life: Life): Promise<Life> {
  let shortest = life;
  for (let i = life.steps.length - 1; i >= 0; i--) {
    const fewer = { ...shortest, steps: shortest.steps.filter((_, at) => at !== i) };
    if ((await faultsOf(fewer)).length > 0) shortest = fewer;
  }
  return shortest;
}
