/** Calls to a running product, as any customer makes them. */
import { problemOf, Refused } from "./refused.ts";

export type Api = {
  /** The parsed answer. Errors: `Refused` for any status but 2xx. */
  call: <T>(method: string, path: string, body?: unknown) => Promise<T>;
  bytes: (path: string) => Promise<Uint8Array>;
  remove: (path: string) => Promise<void>;
};

/** Calls with a key; one of the operator may act for a tenant. */
export function apiAt(url: string, key: string, tenant?: string): Api {
  const send = async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        "content-type": "application/json",
        ...(tenant === undefined ? {} : { "boxcost-tenant": tenant }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (answer.ok) return answer;
    throw new Refused(`${method} ${path}`, problemOf(answer.status, await answer.text()));
  };
  return {
    call: async (method, path, body) => (await send(method, path, body)).json(),
    bytes: async (path) => new Uint8Array(await (await send("GET", path)).arrayBuffer()),
    remove: async (path) => void (await send("DELETE", path)),
  };
}

export type Page<T> = { data: T[]; next_cursor: string | null };

/** Every row of a list, page after page. `path` has a query already. */
export async function* allPages<T>(api: Api, path: string): AsyncGenerator<T[]> {
  let cursor: string | null = null;
  do {
    const at: string = cursor ? `${path}&cursor=${encodeURIComponent(cursor)}` : path;
    const page: Page<T> = await api.call<Page<T>>("GET", at);
    yield page.data;
    cursor = page.next_cursor;
  } while (cursor !== null);
}
