/**
 * Holds every line of the log that a test causes to what docs/operations.md says of it: one JSON
 * object with level, place and request id, and nothing of persons, keys or what was sent.
 */

/** Texts that requests of tests sent, as they would stand in a line: none may. */
const sent = new Set<string>();
/** More than a run sends that are worth a look; the first go. */
const MOST_SENT = 50_000;
const SHORTEST = 5;
/** Longer than any name or address; in what is far longer, a search for words takes minutes. */
const LONGEST = 1_000;

/** Fields whose value is a person's or a secret, whatever it looks like. */
const PERSONAL = new Set(
  "email phone lines city postal_code tax_id vat_id iban bic secret password contact_name".split(
    " ",
  ),
);

/** Notes what a request sends: texts of several words, addresses, and values of personal fields. */
export function noteSent(body: unknown, field = ""): void {
  if (typeof body === "string") {
    if (body.length < SHORTEST || body.length > LONGEST) return;
    if (!PERSONAL.has(field) && !/\p{L}{2,} \p{L}{2,}|@/u.test(body)) return;
    if (sent.size >= MOST_SENT) sent.delete(String(sent.values().next().value));
    sent.add(JSON.stringify(body).slice(1, -1));
  } else if (Array.isArray(body)) {
    for (const one of body) noteSent(one, field);
  } else if (typeof body === "object" && body !== null && !(body instanceof Uint8Array)) {
    for (const [name, value] of Object.entries(body)) noteSent(value, name);
  }
}

/** Forgets what was sent: a line is held to what its own file's tests sent, whatever ran before. */
export function forgetSent(): void {
  sent.clear();
}

/** What no line holds, by what a fault is called. */
const NEVER: Readonly<Record<string, RegExp>> = {
  "an e-mail address": /[\w.+-]+@[\w-]+\.[\w.-]+/,
  "a key or token": /\b(?:bcp|bcs|whsec|sk|rk|re|SG)_[\w-]{8,}|\bBearer [\w.~+/=-]{8,}/,
  "a long secret": /(?<![\w/-])(?=[\w+/=-]*\d)(?=[\w+/=-]*[A-Z])[A-Za-z0-9+/=_-]{40,}(?![\w/-])/,
  "an IP address": /\b\d{1,3}(?:\.\d{1,3}){3}\b|(?<![\w:.])(?:[\da-f]{1,4}:){2,7}:?[\da-f]{1,4}\b/i,
  "a statement's parameters": /params: /,
  "a body": /\{\\"|is not valid JSON(?<!<text> is not valid JSON)/,
};

/** Places whose lines are a request's own, so that they have its id. */
const OF_REQUESTS = new Set(["request", "onError", "recordForTenants", "recordEvents"]);

/** What is wrong with a line of the log; empty where nothing is. */
export function lineFaults(line: unknown): string[] {
  const text = String(line);
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return [`no JSON: ${text}`];
  }
  const faults = [];
  if (fields === null || typeof fields !== "object" || Array.isArray(fields)) {
    return [`no object: ${text}`];
  }
  if (fields.level !== "error" && fields.level !== "warn") faults.push("no level");
  if (typeof fields.at !== "string" || fields.at === "") faults.push("no place");
  const { request_id: id } = fields;
  if (id !== undefined && !/^req_[\w-]{8,}$/.test(String(id))) faults.push("another request id");
  if (id === undefined && OF_REQUESTS.has(String(fields.at))) faults.push("no request id");
  for (const [what, pattern] of Object.entries(NEVER)) if (pattern.test(text)) faults.push(what);
  for (const one of sent) {
    if (text.includes(one)) faults.push(`what was sent: ${one}`);
  }
  return faults.map((fault) => `${fault}: ${text}`);
}

const LEVELS = ["debug", "error", "info", "log", "warn"] as const;
const print = console.log.bind(console);
let found: string[] = [];
let guarded = false;

/** Looks at everything that is written from now on. */
export function guardLog(): void {
  if (guarded) return;
  guarded = true;
  for (const level of LEVELS) {
    const write = console[level].bind(console);
    console[level] = (...parts: unknown[]) => {
      found.push(...(parts.length === 1 ? lineFaults(parts[0]) : [`several parts: ${parts}`]));
      write(...parts);
    };
  }
}

/** The faults since the last call. */
export function takeLogFaults(): string[] {
  const taken = found;
  found = [];
  return taken;
}

/** What a test itself has to say: no line of the log. */
export function say(text: string): void {
  print(text);
}
