/** What is read of Lago's events, and the pages of its lists. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventOfStored, readEvent, ruleEventOf } from "../../../src/compat/lago/event.ts";
import { askedPage, metaOf } from "../../../src/compat/lago/page.ts";
import { parseJsonExactly } from "../../../src/core/decimal.ts";
import { parseTime } from "../../../src/core/time.ts";

const EVENT = { transaction_id: "t1", external_subscription_id: "acme", code: "tokens" };

function timestampOf(literal: string): number | null {
  const sent = JSON.stringify({ ...EVENT, timestamp: 0 }).replace("0}", `${literal}}`);
  const read = readEvent(parseJsonExactly(sent));
  return "event" in read && read.event.timestamp !== null ? parseTime(read.event.timestamp) : null;
}

describe("an event's timestamp", () => {
  it("is seconds since 1970, as a number or as text, cut to milliseconds by its digits", () => {
    const digits = fc.stringMatching(/^\d{0,20}$/);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 99_999_999_999 }), digits, (seconds, fraction) => {
        const literal = fraction === "" ? `${seconds}` : `${seconds}.${fraction}`;
        const ms = BigInt(seconds) * 1_000n + BigInt(fraction.slice(0, 3).padEnd(3, "0"));
        expect(timestampOf(literal)).toBe(Number(ms));
        expect(timestampOf(`"${literal}"`)).toBe(Number(ms));
      }),
    );
  });

  it("is that of its receipt where none is given", () => {
    for (const timestamp of [undefined, null]) {
      expect(readEvent({ ...EVENT, timestamp })).toMatchObject({ event: { timestamp: null } });
    }
  });

  it("is refused where it is no time", () => {
    for (const timestamp of ["soon", -1, "1e9999", true, {}]) {
      const read = readEvent({ ...EVENT, timestamp });
      expect(read).toEqual({ faults: { timestamp: ["invalid_format"] } });
    }
  });
});

describe("an event", () => {
  it("names what it lacks, all at once", () => {
    expect(readEvent({ transaction_id: "" })).toEqual({
      faults: {
        transaction_id: ["value_is_mandatory"],
        external_subscription_id: ["value_is_mandatory"],
        code: ["value_is_mandatory"],
      },
    });
    expect(readEvent(7)).toEqual({ faults: { event: ["value_is_invalid"] } });
    expect(readEvent({ ...EVENT, properties: [] })).toMatchObject({
      faults: { properties: ["value_is_invalid"] },
    });
    expect(readEvent({ ...EVENT, properties: { operation_type: "remove" } })).toEqual({
      faults: { operation_type: ["value_is_invalid"] },
    });
  });

  it("may name its ids by numbers, and a customer in place of a subscription", () => {
    const sent = { transaction_id: 7, external_customer_id: 8, code: "c" };
    expect(readEvent(sent)).toMatchObject({
      event: { transactionId: "7", subscription: "8", code: "c", properties: {} },
    });
  });

  it("is shown again as it was sent, once it is recorded by a rule", () => {
    const text = fc.string({ minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(text, text, text, (transaction_id, external_subscription_id, code) => {
        const properties = { model: "small" };
        const precise_total_amount_cents = "12.5";
        const read = readEvent({
          transaction_id,
          external_subscription_id,
          code,
          properties,
          precise_total_amount_cents,
        });
        if (!("event" in read)) throw new Error("it was not read");
        const { id, source, type, data, more } = ruleEventOf(read.event, "/0");
        const { timestamp: _, ...sent } = read.event;
        const stored = {
          id: `${id}:${type}`,
          source,
          metric: type,
          micro: 1n,
          atMs: 0,
          receivedMs: 0,
          userId: null,
          metadata: { ...(data as object), ...more },
          voidsSeq: null,
          timeGiven: false,
          requestedMicro: null,
        };
        expect(eventOfStored(stored)).toEqual(sent);
      }),
    );
  });
});

describe("a page", () => {
  const asked = (query: string) => askedPage(new URLSearchParams(query));

  it("is the first of a hundred unless another is asked for, of two hundred at most", () => {
    expect(asked("")).toEqual({ page: 1, size: 100, offset: 0 });
    expect(asked("page=3&per_page=20")).toEqual({ page: 3, size: 20, offset: 40 });
    expect(asked("page=2&per_page=999")).toEqual({ page: 2, size: 200, offset: 200 });
    for (const query of ["page=0", "page=x", "per_page=-1", "per_page=1.5", "page=99999999"]) {
      expect(() => asked(query), query).toThrow();
    }
  });

  it("leads over all pages and ends", () => {
    const sizes = fc.integer({ min: 1, max: 200 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2_000 }), sizes, (total, size) => {
        let [page, seen]: [number | null, number] = [1, 0];
        while (page !== null) {
          const at = asked(`page=${page}&per_page=${size}`);
          seen += Math.max(0, Math.min(size, total - at.offset));
          const meta = metaOf(at, total);
          expect(meta.total_count).toBe(total);
          expect(meta.total_pages).toBe(Math.ceil(total / size));
          page = meta.next_page;
        }
        expect(seen).toBe(total);
      }),
    );
  });
});
