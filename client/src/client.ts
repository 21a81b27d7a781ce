/** The whole API by the names of its operations, with the types of its own document. */
import { OPERATIONS, type Operations } from "./api.ts";
import { Recorder, type RecorderOptions } from "./recorder.ts";
import { type Connection, send } from "./request.ts";

type Name = keyof Operations;

/**
 * An operation's `params` (in its path), `query` and `body`; with an operator's key also `tenant`,
 * for which it is made, by its id or the operator's own one.
 */
export type Input<N extends Name> = Omit<Operations[N], "result"> & { tenant?: string };
export type Result<N extends Name> = Operations[N]["result"];

type Page<T> = { data: T[]; next_cursor: string | null };
/** Operations that answer pages. */
type Listing = { [N in Name]: Result<N> extends Page<unknown> ? N : never }[Name];
/** A row of a listing. */
export type Item<N extends Listing> = Result<N> extends Page<infer T> ? T : never;

/** An argument that may be left out where nothing in it is required. */
type Given<N extends Name> =
  Record<never, never> extends Input<N> ? [input?: Input<N>] : [input: Input<N>];

export type ClientOptions = {
  /** Of the installation, such as https://billing.example.com. */
  url: string;
  /** An API key of the tenant, or of the operator. */
  key: string;
  /** How often a request is sent again whose answer was lost or that was refused for now. */
  retries?: number;
  /** Of one attempt. */
  timeoutMs?: number;
  /** In place of the global one. */
  fetch?: typeof fetch;
};

const RETRIES = 5;
const TIMEOUT_MS = 30_000;

export class Client {
  readonly #connection: Connection;

  constructor(options: ClientOptions) {
    const given = options.fetch;
    this.#connection = {
      url: options.url.replace(/\/+$/, ""),
      key: options.key,
      retries: options.retries ?? RETRIES,
      timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
      // Not as a method of the connection: browsers refuse a fetch with another `this`.
      fetch: given ?? ((input, init) => fetch(input, init)),
    };
  }

  /** Errors: `ApiError`; a TypeError or TimeoutError where no answer came to any attempt. */
  async call<N extends Name>(name: N, ...[input]: Given<N>): Promise<Result<N>> {
    const [method, path] = OPERATIONS[name];
    const { params, query, body, tenant } = (input ?? {}) as Loose;
    const response = await send(this.#connection, {
      method,
      path: pathOf(path, params ?? {}) + queryOf(query ?? {}),
      ...(tenant === undefined ? {} : { tenant }),
      ...bodyOf(body),
    });
    return (await contentOf(response)) as Result<N>;
  }

  /** Every row of a listing, page after page. */
  async *each<N extends Listing>(name: N, ...[input]: Given<N>): AsyncGenerator<Item<N>> {
    const { query, ...rest } = (input ?? {}) as Loose;
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const next = { ...rest, query: cursor === undefined ? query : { ...query, cursor } };
      const page = (await this.call(name, ...([next] as never))) as Page<Item<N>>;
      yield* page.data;
      cursor = page.next_cursor;
    }
  }

  /** Records usage in batches. */
  recorder(options: RecorderOptions = {}): Recorder {
    return new Recorder(this.#connection, options);
  }
}

type Loose = { params?: Values; query?: Values; body?: unknown; tenant?: string };
type Values = Record<string, unknown>;

function pathOf(path: string, params: Values): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name];
    if (value === undefined || value === "") throw new TypeError(`params.${name} is missing`);
    return encodeURIComponent(String(value));
  });
}

/** A list is its parameter repeated, and an object `name[key]` for each of its keys. */
function queryOf(query: Values): string {
  const given = Object.entries(query).flatMap(([name, value]) => parametersOf(name, value));
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
}

function parametersOf(name: string, value: unknown): [name: string, value: string][] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value.map((one) => [name, String(one)]);
  if (typeof value !== "object" || value === null) return [[name, String(value)]];
  return Object.entries(value).flatMap(([key, one]) => parametersOf(`${name}[${key}]`, one));
}

/** JSON, or bytes as they are. */
function bodyOf(body: unknown): { body?: BodyInit; contentType?: string } {
  if (body === undefined) return {};
  if (body instanceof Blob) return { body, contentType: body.type };
  return { body: JSON.stringify(body), contentType: "application/json" };
}

async function contentOf(response: Response): Promise<unknown> {
  const type = response.headers.get("content-type") ?? "";
  if (response.status === 204 || type === "") return undefined;
  if (/\bjson\b/.test(type)) return response.json();
  if (/^text\/|\bxml\b/.test(type)) return response.text();
  return new Uint8Array(await response.arrayBuffer());
}
