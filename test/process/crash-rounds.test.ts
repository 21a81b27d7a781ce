/**
 * Crashes where they hurt, round after round on one state: seal, merge, freeze, series, the gap
 * between the ledger's commit and ours, closing, and any moment. The long form is
 * `npm run test:crash`.
 */
import { describe, expect, it } from "vitest";
import { apiAt } from "../../scripts/lib/api.ts";
import { Client, crash, expectStoredOnce } from "./client.ts";
import { newState, type Served, serve } from "./command.ts";
import { brokenPromises } from "./estate.ts";
import { Subscriber } from "./subscriber.ts";

const LONG = process.env.CRASH_ROUNDS !== undefined;
const ROUNDS = Number(process.env.CRASH_ROUNDS ?? 2);
const CHECK_EVERY = 7;
const ROUND_MS = 60_000;

const PLACES = ["close", "merge", "seal", "freeze", "after_series", "after_ledger", "any"] as const;
type Place = (typeof PLACES)[number];
const FAULTS: Record<Place, string> = {
  seal: "seal",
  merge: "merge",
  freeze: "freeze",
  after_series: "after_series",
  after_ledger: "after_ledger",
  close: "none",
  any: "none",
};

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const within = (ms: number) => wait(Math.random() * ms);

/** Everything that ever ran on the state. */
class Game {
  readonly stateDir: string;
  readonly client = new Client();
  #subscriber: Subscriber | null = null;

  constructor(stateDir: string) {
    this.stateDir = stateDir;
  }

  async #subscriberOn(server: Served): Promise<Subscriber> {
    this.#subscriber ??= await Subscriber.create(server);
    return this.#subscriber;
  }

  async round(place: Place): Promise<void> {
    const server = await serve(this.stateDir, FAULTS[place]);
    if (place === "close" || place === "freeze") return this.#crashInClosing(server, place);
    const load = this.client.sendUntilGone(apiAt(server.url, server.demoKey));
    if (place === "any") await within(600);
    else await server.command.waitFor(new RegExp(`^FAULT ${place}$`, "m"));
    await crash(server);
    await load;
  }

  async #crashInClosing(server: Served, place: "close" | "freeze"): Promise<void> {
    const subscriber = await this.#subscriberOn(server);
    await subscriber.useMonth(server);
    const closing = subscriber.endMonth(server);
    if (place === "close") await within(250);
    else await server.command.waitFor(/^FAULT freeze$/m);
    await crash(server);
    await closing;
    const again = await serve(this.stateDir, "none");
    await subscriber.endMonth(again);
    subscriber.months++;
    await crash(again);
  }

  /** After a restart and the client's retries, everything is there once. */
  async check(): Promise<void> {
    const server = await serve(this.stateDir, "none");
    const api = apiAt(server.url, server.demoKey);
    await this.client.sendAllAgain(api);
    await expectStoredOnce(api, this.client);
    await this.#subscriber?.expectClosed(server);
    await crash(server);
    expect(brokenPromises(this.stateDir)).toEqual({});
  }
}

describe("nothing is lost, doubled or skipped", () => {
  it(
    `in ${ROUNDS} crashes on one state`,
    async () => {
      const game = new Game(await newState());
      for (let round = 0; round < ROUNDS; round++) {
        const place = PLACES[round % PLACES.length] as Place;
        if (LONG) console.error(`round ${round + 1} of ${ROUNDS}: ${place}`);
        await game.round(place);
        if (round % CHECK_EVERY === CHECK_EVERY - 1) await game.check();
      }
      await game.check();
    },
    ROUNDS * ROUND_MS + ROUND_MS,
  );
});
