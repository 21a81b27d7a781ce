/** Where events go: a running product, with patience for what passes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseJsonExactly } from "../../../src/core/decimal.ts";
import { portFromEnv, stateDirFromEnv, UserError } from "../process.ts";
import { problemOf, Refused } from "../refused.ts";

const DEFAULT_PORT = 8787;
const FIRST_WAIT_MS = 250;
const MOST_WAIT_MS = 30_000;
const ATTEMPTS = 12;

export class Target {
  readonly url: string;
  readonly key: string;
  /** For whom an operator's key acts, by id or external id; null where it acts for itself. */
  readonly tenant: string | null;
  readonly #firstWaitMs: number;

  constructor(url: string, key: string, firstWaitMs = FIRST_WAIT_MS, tenant: string | null = null) {
    this.url = url;
    this.key = key;
    this.tenant = tenant;
    this.#firstWaitMs = firstWaitMs;
  }

  /** The same with an operator's key that acts for a tenant. */
  actingFor(tenant: string): Target {
    return new Target(this.url, this.key, this.#firstWaitMs, tenant);
  }

  /** Errors: `UserError` where nothing answers or the key is not taken. */
  async check(): Promise<void> {
    try {
      const answer = await this.#send("GET", "/api/usage/metrics");
      if (answer.status === 401) throw new UserError(`${this.url} does not know this key`);
      await answer.text();
    } catch (error) {
      if (!isLost(error)) throw error;
      throw new UserError(`nothing answers at ${this.url}; npm start, or say --url`);
    }
  }

  /**
   * The parsed answer, its numbers exact unless `parse` says otherwise. Asks again, later each
   * time, after 429, 5xx and lost connections. Errors: `Refused`; `UserError` where it had no
   * answer for minutes.
   */
  async call<T>(
    method: string,
    path: string,
    body?: string,
    parse: (text: string) => unknown = parseJsonExactly,
  ): Promise<T> {
    let waitMs = this.#firstWaitMs;
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#send(method, path, body).catch(lostOnly);
      const text = await answer?.text().catch(lostOnly);
      if (answer?.ok && text != null) return parse(text) as T;
      if (answer && text != null && answer.status < 500 && answer.status !== 429) {
        throw new Refused(`${method} ${path}`, problemOf(answer.status, text));
      }
      if (attempt === ATTEMPTS) {
        throw new UserError(`${this.url} takes nothing more; the same command goes on later`);
      }
      const askedMs = Number(answer?.headers.get("retry-after") ?? 0) * 1_000;
      await sleep(Math.min(Math.max(waitMs, askedMs || 0), MOST_WAIT_MS));
      waitMs *= 2;
    }
  }

  /** An answer that is read while it comes. Errors: `Refused`, and that of a lost connection. */
  async open(path: string): Promise<Response> {
    const answer = await this.#send("GET", path);
    if (answer.ok) return answer;
    throw new Refused(`GET ${path}`, problemOf(answer.status, await answer.text()));
  }

  #send(method: string, path: string, body?: string): Promise<Response> {
    return fetch(this.url + path, {
      method,
      headers: {
        authorization: `Bearer ${this.key}`,
        "content-type": "application/json",
        ...(this.tenant === null ? {} : { "boxcost-tenant": this.tenant }),
      },
      ...(body === undefined ? {} : { body }),
    });
  }
}

/** fetch throws a TypeError for a lost connection. */
function isLost(error: unknown): boolean {
  return error instanceof TypeError;
}

function lostOnly(error: unknown): null {
  if (isLost(error)) return null;
  throw error;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * By options, then the environment, then `npm start` on this machine, which keeps a key in `file`.
 * Errors: `UserError`.
 */
export function targetFrom(
  options: { url?: string; key?: string; tenant?: string },
  file = "demo.key",
): Target {
  const local = `http://127.0.0.1:${portFromEnv(DEFAULT_PORT)}`;
  const url = (options.url ?? process.env.BOXCOSTPRO_URL ?? local).replace(/\/+$/, "");
  if (!URL.canParse(url)) throw new UserError(`--url takes an address, not ${url}`);
  const target = new Target(url, options.key ?? process.env.BOXCOSTPRO_KEY ?? keptKey(file));
  return options.tenant === undefined ? target : target.actingFor(options.tenant);
}

function keptKey(file: string): string {
  const path = join(stateDirFromEnv(), file);
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    throw new UserError(`no key: set BOXCOSTPRO_KEY, or npm start, which keeps one in ${path}`);
  }
}
