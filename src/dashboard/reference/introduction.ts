/** What holds for every operation: the introduction of the API's document, as Markdown. Pure. */

/** Its text. */
export function introduction(): string {
  return PARAGRAPHS.join("\n\n");
}

const PARAGRAPHS = [
  "Metered billing and business documents. The [guides](/docs/guides) say how things go " +
    "together; here stands every operation, with an example to run.",
  "## Keys",
  "Send an API key with every request: `Authorization: Bearer bcp_live_…`. A key belongs to one " +
    "tenant and has a role; keys of test tenants begin with `bcp_test_`.",
  "A backend keeps one key for all of its customers: with a key of the operator, the header " +
    "`BoxCost-Tenant` makes a request for the tenant that it names, by its id or by your own id " +
    "for it.",
  "## Errors",
  "Every refusal is RFC 9457 `application/problem+json` with a stable `code`, a `detail` for " +
    "people and, for fields, `errors` that point to each. " +
    "[Problem codes](/docs/guides/problems) says of each code what to do.",
  "Send again what was answered 429, 500 or 503, after as many seconds as `Retry-After` says. " +
    "`X-Request-Id` names each answer; one that you send is kept beside it in the audit log.",
  "## Limits",
  "Answers say in `RateLimit-Policy` and `RateLimit` how many reads and writes a minute a key's " +
    "tenant may send and how many are left; 429 `request.rate_limited` says when to send again. " +
    "Recording is not counted: it has a budget of events where the tenant was given one. " +
    "[Limits on requests](/docs/guides/limits) has the table.",
  "## Doing a thing once",
  "Writes take an `Idempotency-Key`: the same request with the same key is done once, within a " +
    "day; a tenant uses at most 100,000 keys a day. Usage needs none, since an event's own id " +
    "counts once.",
  "## Versions",
  "`API-Version` names the dated version in which a request is written and answered; without it " +
    "the key's own is used. This is the newest; `/openapi.json?version=` has the others. " +
    "[API versions](/docs/guides/versions) says what a version pins.",
  "## Lists",
  "A list is a page with `data` and `next_cursor`: pass that as `cursor` for the next one, until " +
    "it is null. `limit` is 200 at most.",
  "## Numbers and bodies",
  "Quantities and money are exact, as JSON numbers or decimal strings. Bodies may come with " +
    "`Content-Encoding` gzip or deflate (with a zlib header or without), and their limits hold " +
    "for what they unpack to; another coding, or several, is answered 415.",
];
