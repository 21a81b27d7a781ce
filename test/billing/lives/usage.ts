/** Usage in the model of lives: all events, and what they come to; the limits that they cross. */
import { least, most, plain, scaled, total } from "./exact.ts";
import type { Event, Life } from "./life.ts";
import { blended } from "./price.ts";
import type { Period, Timeline } from "./timeline.ts";

const DAY = 86_400_000;
const MICRO = 10n ** 6n;
/** How far back from the clock an event may lie, and how far ahead. */
const OLDEST = 35 * DAY;
const NEWEST = 5 * 60_000;
const THRESHOLDS = [80, 90, 100, 110];

type Recorded = Event & { micro: bigint; voided: boolean };
type Limit = { included: bigint; hard: boolean; reached: (used: bigint) => number[] };

export class Usage {
  #life: Life;
  #timeline: Timeline;
  #events = new Map<string, Recorded>();
  #imports = new Map<string, string[]>();
  /** The thresholds that fired, by window and metric. */
  #fired = new Map<string, Set<number>>();

  constructor(life: Life, timeline: Timeline) {
    this.#life = life;
    this.#timeline = timeline;
  }

  /** A status, and the thresholds that the event crossed; windows in `frozen` fire nothing. */
  record(event: Event, frozen: readonly Period[]): string {
    const known = this.#events.get(event.id);
    const { now } = this.#timeline;
    if (event.at < now - OLDEST || event.at > now + NEWEST) return "422";
    if (known) return isSame(known, event) ? "200" : "409";
    return this.#count(event.id, event, frozen);
  }

  /** Takes usage of any time under a name; answers how much a hard limit refused. */
  import(name: string, events: readonly Event[], frozen: readonly Period[]): string {
    const ids = events.flatMap((event) => {
      const id = `${name}/${event.id}`;
      return this.#count(id, event, frozen).startsWith("201") ? [id] : [];
    });
    this.#imports.set(name, ids);
    return `${events.length - ids.length} refused`;
  }

  /** Takes an import back; answers whether there is one. */
  revert(name: string): boolean {
    for (const id of this.#imports.get(name) ?? []) this.void(id);
    return this.#imports.has(name);
  }

  /** Takes an event back; answers whether there is one. */
  void(id: string): boolean {
    const event = this.#events.get(id);
    if (event) event.voided = true;
    return event !== undefined;
  }

  #count(id: string, event: Event, frozen: readonly Period[]): string {
    const { metric, at } = event;
    const micro = scaled(event.quantity, 6);
    const recorded = { ...event, id, micro, voided: false };
    const window = this.#timeline.windows().find(({ start, end }) => at >= start && at < end);
    const limit = window && this.#limitOf(window, metric);
    const before = window ? this.level(metric, window.start, window.end) : 0n;
    this.#events.set(id, recorded);
    if (!window || !limit) return "201";
    const after = this.level(metric, window.start, window.end);
    if (limit.hard && after > limit.included && after > before) {
      const room = limit.included - before;
      if (!event.cap || room <= 0n || this.#life.metrics[metric] !== "sum") {
        this.#events.delete(id);
        return "429";
      }
      recorded.micro = room;
    }
    const taken = recorded.micro === micro ? "201" : `201 (${plain(recorded.micro, 6)})`;
    if (frozen.some(({ number }) => number === window.number)) return taken;
    const key = keyOf(window, metric);
    const fired = this.#fired.get(key) ?? new Set();
    const used = this.level(metric, window.start, window.end);
    const crossed = limit.reached(used).filter((threshold) => !fired.has(threshold));
    this.#fired.set(key, new Set([...fired, ...crossed]));
    return [taken, ...crossed].join(" ");
  }

  /** What a metric's events in a span come to, by its aggregation; nothing is 0. */
  level(metric: string, start: number, end: number): bigint {
    const events = [...this.#events.values()].filter(
      (event) => event.metric === metric && !event.voided && event.at >= start && event.at < end,
    );
    const amounts = events.map(({ micro }) => micro);
    switch (this.#life.metrics[metric]) {
      case "count":
        return BigInt(events.length) * MICRO;
      case "unique":
        return BigInt(new Set(events.map(({ value }) => value)).size) * MICRO;
      case "max":
        return amounts.reduce(most, 0n);
      case "min":
        return amounts.reduce(least, amounts[0] ?? 0n);
      case "latest": {
        const later = (a: Recorded, b: Recorded) => a.at - b.at || (a.id < b.id ? -1 : 1);
        return events.sort(later).at(-1)?.micro ?? 0n;
      }
      default:
        return total(amounts);
    }
  }

  /** What is included of a metric in a window, blended by time; null where nothing limits it. */
  #limitOf(window: Period, metric: string): Limit | null {
    const held = this.#timeline.held(window);
    const offers = held.map(({ plan }) =>
      this.#timeline.planOf(plan).prices.find((price) => price.metric === metric),
    );
    const last = offers.at(-1);
    if (!last) return null;
    const bounds = held.map((one, i) => ({ ...one, bound: scaled(offers[i]?.included ?? "0", 6) }));
    const included = blended(bounds, window);
    const reached = (used: bigint) =>
      included === 0n
        ? THRESHOLDS.filter((threshold) => threshold === 100 && used > 0n)
        : THRESHOLDS.filter((threshold) => used * 100n >= BigInt(threshold) * included);
    return { included, hard: last.hard, reached };
  }

  /**
   * Makes a change of the timeline. A limit that it changes is a new one: what is passed has fired,
   * what is above may fire again.
   */
  rearm(change: () => boolean): boolean {
    const before = this.#limits();
    const isMade = change();
    for (const [key, { window, metric, limit, text }] of this.#limits()) {
      if (before.get(key)?.text === text) continue;
      const used = this.level(metric, window.start, window.end);
      this.#fired.set(key, new Set(limit.reached(used)));
    }
    return isMade;
  }

  #limits() {
    const limits = this.#timeline.windows().flatMap((window) =>
      Object.keys(this.#life.metrics).flatMap((metric) => {
        const limit = this.#limitOf(window, metric);
        if (!limit) return [];
        const text = `${limit.included} ${limit.hard}`;
        return [[keyOf(window, metric), { window, metric, limit, text }] as const];
      }),
    );
    return new Map(limits);
  }
}

function keyOf({ number }: Period, metric: string): string {
  return `${number} ${metric}`;
}

/** Whether an event says again what a known one said. */
function isSame(known: Recorded, event: Event): boolean {
  const text = ({ metric, quantity, at, value }: Event) =>
    [metric, scaled(quantity, 6), at, value].join(" ");
  return text(known) === text(event);
}
