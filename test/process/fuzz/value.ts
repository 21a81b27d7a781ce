/** Values from JSON schemas: valid ones, and ones with something wrong in them. Pure. */
import fc from "fast-check";
import type { Schema } from "../../support/document.ts";

/** What the product has answered so far, by the name of what it identifies: `customers`, … */
export type Known = ReadonlyMap<string, readonly string[]>;

/** Names that a schema cannot say: which values a field of this name takes. */
const BY_NAME: Record<string, unknown[]> = {
  currency: ["USD", "EUR", "JPY", "KWD", "INR", "XAD", "CLF"],
  tax_currency: ["EUR", "PLN"],
  country: ["DE", "FR", "US", "IN"],
  time_zone: [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Pacific/Apia",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Chatham",
  ],
  q: ["buyer", "東京", "ก", "\u200f", '"', "NEAR(a", "a AND NOT b*", "-", "{a}:b", "x".repeat(200)],
  email: ["a@bücher.example", " a@b.example ", "a@xn--p1ai.рф", "a@b.example\r\nBcc: c@d.example"],
  reason: ["=1+1", "＝HYPERLINK(1)", "late;=1", "@SUM(1)", "\t-1"],
  vat_id: ["DE123456789", "FR12345678901"],
  iban: ["DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432"],
  bic: ["COBADEFFXXX", "DEUTDEFF"],
  upi: ["shop@bank"],
  url: [
    "https://hooks.example.invalid/",
    "https://127.0.0.1:9/",
    "https://hooks.example.invalid./",
    "https://HOOKS.example.invalid:8443/",
    "https://[::ffff:127.0.0.1]/",
    "https://2130706433/",
    "https://a:b@hooks.example.invalid/",
  ],
  metric_name: ["api_calls", "storage_gb", "quotes_generated", "own_metric"],
  metric: ["api_calls", "own_metric", "none"],
  name: ["api_calls", "own_metric", "Ada Lovelace"],
  group_by: ["user_id", "region"],
  filter: [{ user_id: "user-1,user-2" }, { user_id: ["", "a\\,b"] }, { region: "" }],
  plan: ["FREE", "STARTER", "pln_free"],
  base_price: [0, 20],
  prices: [[{ metric_name: "api_calls", included_quantity: 10, unit_price: "0.5" }]],
  address: [{ lines: ["1 Main Street"], city: "Berlin", postal_code: "10115", country: "DE" }],
  percent: [1, "12.5", 100],
  tax: [{ category: "S", percent: 19 }, { category: "Z" }, { category: "AE", percent: 0 }],
  adjustments: [[], [{ kind: "discount", reason: "regular", percent: 5 }]],
  code: ["C62", "HUR", "WELCOME", "TEAM"],
  start_date: ["2026-01-01", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"],
  end_date: ["2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"],
  now: ["2026-02-02T12:00:00Z", "2026-02-10T00:00:00Z", "2026-03-03T00:00:00Z"],
  timestamp: ["2026-02-01T00:00:00Z", "2026-02-01T12:00:05+02:00"],
};

/** The kind of thing that a field named `customer_id` identifies. */
function kindOf(name: string): string {
  return `${name.replace(/_id$/, "")}s`;
}

/** One value in four, `otherwise` else. */
export function rarely<T, U>(some: fc.Arbitrary<T>, otherwise: U): fc.Arbitrary<T | U> {
  return fc.oneof({ arbitrary: fc.constant(otherwise), weight: 3 }, { arbitrary: some, weight: 1 });
}

/** A value that the schema allows; `name` is the field's. */
export function valid(schema: Schema, known: Known, name = ""): fc.Arbitrary<unknown> {
  const types = Array.isArray(schema.type) ? schema.type : [schema.type ?? "any"];
  const [first = "any", ...others] = types.filter((type) => type !== "null");
  const value = others.length > 0 ? decimal() : typed(schema, first, known, name);
  const given = (first === "string" && known.get(kindOf(name))) || [];
  const named = [...(BY_NAME[name] ?? []), ...given];
  const all = [{ arbitrary: value, weight: 2 }];
  if (schema.enum === undefined && named.length > 0)
    all.push({ arbitrary: fc.constantFrom(...named), weight: 6 });
  if (schema.example !== undefined) all.push({ arbitrary: fc.constant(schema.example), weight: 3 });
  if (types.includes("null")) all.push({ arbitrary: fc.constant(null), weight: 1 });
  return fc.oneof(...all);
}

function typed(schema: Schema, type: string, known: Known, name: string): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const { minimum = 0, maximum = 1_000_000, minItems = 0, maxItems = 3 } = schema;
  switch (type) {
    case "boolean":
      return fc.boolean();
    case "integer":
      return fc.integer({ min: minimum, max: maximum });
    case "number":
      return decimal();
    case "array": {
      const max = Math.max(minItems, Math.min(3, maxItems));
      const items = valid(schema.items ?? {}, known, name.replace(/s$/, ""));
      return fc.array(items, { minLength: minItems, maxLength: max });
    }
    case "object":
      return validObject(schema, known);
    case "string":
      return text(schema);
    default:
      return fc.jsonValue();
  }
}

function validObject(schema: Schema, known: Known): fc.Arbitrary<unknown> {
  const { properties, required = [] } = schema;
  if (!properties)
    return fc.dictionary(fc.string({ maxLength: 9 }), fc.jsonValue(), { maxKeys: 3 });
  const fields = Object.entries(properties).map(([key, value]) => {
    const always = required.includes(key);
    return [key, always ? valid(value, known, key) : rarely(valid(value, known, key), undefined)];
  });
  const full: fc.Arbitrary<Record<string, unknown>> = fc.record(Object.fromEntries(fields));
  return full.map((one) =>
    Object.fromEntries(Object.entries(one).filter(([, value]) => value !== undefined)),
  );
}

function decimal(): fc.Arbitrary<unknown> {
  const cents = fc.integer({ min: 0, max: 10_000_000 });
  return fc.oneof(
    fc.nat({ max: 5 }),
    fc.nat({ max: 100 }),
    cents.map((n) => n / 100),
    cents.map((n) => `${Math.floor(n / 100)}.${String(n % 100).padStart(2, "0")}`),
  );
}

function text(schema: Schema): fc.Arbitrary<string> {
  const { minLength = 0, maxLength = 40, format, pattern } = schema;
  const range = { min: new Date("2025-11-01"), max: new Date("2027-03-01"), noInvalidDate: true };
  if (format === "date-time") return fc.date(range).map((date) => date.toISOString());
  if (format === "date") return fc.date(range).map((date) => date.toISOString().slice(0, 10));
  if (format === "email") return fc.nat().map((n) => `user-${n}@example.com`);
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern, "u"));
  const length = { minLength, maxLength: Math.max(minLength, Math.min(40, maxLength)) };
  return fc.oneof(fc.string(length), fc.string({ ...length, unit: "grapheme" }));
}

/** What no field should take, or only just. */
export const NASTY: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  -0.000001,
  1.1234567890123,
  1e308,
  5e-324,
  2 ** 53 + 2,
  "9".repeat(60),
  "9223372036854775807",
  "9007199254740.993",
  "-0.005",
  "999999999999.99",
  "0.0000000000005",
  "9223372036854.775807",
  "-9223372036854.775808",
  "1e999",
  "1e-9999",
  "0x10",
  " 1",
  "NaN",
  "",
  " ",
  "\u0000",
  "a\nb",
  "\ud800",
  "\u202eevil",
  "😀".repeat(30),
  "=1+1",
  "＝1+1",
  "a;=1+1",
  "%",
  "%00",
  "_%",
  "'; DROP TABLE tenants; --",
  "<script>alert(1)</script>",
  "../../etc/passwd",
  "__proto__",
  "constructor",
  "x".repeat(5_000),
  "2026-02-30",
  "2026-02-30T00:00:00Z",
  "0000-01-01T00:00:00Z",
  "9999-12-31T23:59:59Z",
  "9999-12-31",
  "1900-01-01",
  "2400-02-29",
  "+275760-09-13T00:00:00Z",
  "2026-06-30T23:59:60Z",
  "2026-01-01T00:00:00+23:59",
  [],
  {},
  [[]],
  { a: { b: { c: { d: { e: { f: 1 } } } } } },
];

export const nasty = fc.constantFrom(...NASTY);

/** A body's value with one thing wrong: a field that is nasty, missing or unknown. */
export function broken(value: unknown): fc.Arbitrary<unknown> {
  const places = placesIn(value, []);
  const replaced = fc
    .tuple(fc.constantFrom(...places), nasty)
    .map(([place, bad]) => withAt(value, place, () => bad));
  const dropped = fc.constantFrom(...places).map((place) => withAt(value, place, () => undefined));
  const objects = places.filter((place) => isObject(at(value, place)));
  if (objects.length === 0) return fc.oneof(replaced, nasty);
  const extended = fc
    .tuple(fc.constantFrom(...objects), fc.constantFrom("extra", "constructor", "toString"), nasty)
    .map(([place, key, bad]) =>
      withAt(value, place, (old) => ({ ...(old as object), [key]: bad })),
    );
  return fc.oneof(
    { arbitrary: replaced, weight: 6 },
    { arbitrary: dropped, weight: 2 },
    { arbitrary: extended, weight: 2 },
  );
}

type Place = readonly string[];

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function placesIn(value: unknown, place: Place): Place[] {
  if (typeof value !== "object" || value === null) return [place];
  const inner = Object.entries(value).flatMap(([key, one]) => placesIn(one, [...place, key]));
  return [place, ...inner];
}

function at(value: unknown, place: Place): unknown {
  return place.reduce((inner, key) => (inner as Record<string, unknown>)[key], value);
}

function withAt(value: unknown, place: Place, change: (old: unknown) => unknown): unknown {
  const [key, ...rest] = place;
  if (key === undefined) return change(value);
  const inner = withAt((value as Record<string, unknown>)[key], rest, change);
  if (Array.isArray(value)) {
    return value.flatMap((one, i) =>
      String(i) !== key ? [one] : inner === undefined ? [] : [inner],
    );
  }
  return { ...(value as object), [key]: inner };
}
