/** What tests of pages start from: a browser without scripts, with its cookies. */
import { exports } from "cloudflare:workers";
import { expect } from "vitest";
import { makeTenant } from "../support/api.ts";

const ORIGIN = "https://app.test";

export type Page = { status: number; text: string; headers: Headers; location: string | null };

let visitors = 0;

export class Browser {
  cookie: string | null = null;
  /** An address of its own, since attempts to sign in are limited for each address. */
  readonly address = `10.0.${visitors >> 8}.${visitors++ & 255}`;

  async get(path: string, headers: Record<string, string> = {}): Promise<Page> {
    return this.#send(path, { headers });
  }

  /**
   * A form as a page of this origin sends it; its fields hold the session's token. What is asked
   * first is answered with yes: a `confirmed` that is empty shows the question.
   */
  async post(
    path: string,
    fields: Record<string, string> = {},
    headers: Record<string, string> = {},
  ): Promise<Page> {
    const body = new URLSearchParams({ confirmed: "yes", ...fields });
    const sameOrigin = { origin: ORIGIN, "sec-fetch-site": "same-origin" };
    return this.#send(path, { method: "POST", body, headers: { ...sameOrigin, ...headers } });
  }

  async upload(path: string, body: FormData): Promise<Page> {
    const headers = { origin: ORIGIN, "sec-fetch-site": "same-origin" };
    return this.#send(path, { method: "POST", body, headers });
  }

  /** Fills in and sends the form of `path` whose action is `action`. */
  async submit(path: string, action: string, fields: Record<string, string> = {}): Promise<Page> {
    const { text } = await this.get(path);
    return this.post(action, { form_token: tokenOn(text), ...fields });
  }

  async signIn(key: string): Promise<Page> {
    return this.post("/dashboard/sign-in", { "/key": key });
  }

  async #send(path: string, init: RequestInit): Promise<Page> {
    const response = await exports.default.fetch(ORIGIN + path, {
      ...init,
      headers: {
        accept: "text/html",
        "accept-language": "en-GB",
        "cf-connecting-ip": this.address,
        ...(this.cookie === null ? {} : { cookie: this.cookie }),
        ...(init.headers as Record<string, string>),
      },
      redirect: "manual",
    });
    const given = response.headers.get("set-cookie");
    if (given) this.cookie = /Max-Age=0/.test(given) ? null : (given.split(";")[0] ?? null);
    const { status, headers } = response;
    return {
      status,
      text: new TextDecoder().decode(await response.arrayBuffer()),
      headers,
      location: headers.get("location"),
    };
  }
}

/** A browser that signed in with a key. */
export async function signedIn(key: string): Promise<Browser> {
  const browser = new Browser();
  const { status, location } = await browser.signIn(key);
  expect([status, location]).toEqual([303, "/dashboard"]);
  return browser;
}

/** The owner of a tenant of its own: its browser, signed in, and its key. */
export async function signedInOwner(): Promise<{ browser: Browser; key: string }> {
  const { key } = await makeTenant();
  return { browser: await signedIn(key), key };
}

/** The form token on a page. Throws where the page has no form of a session. */
export function tokenOn(text: string): string {
  const token = /name="form_token" value="([^"]+)"/.exec(text)?.[1];
  if (token === undefined) throw new Error("the page has no form of a session");
  return token;
}

const ENTITIES: Record<string, string> = { quot: '"', amp: "&", lt: "<", gt: ">", "#39": "'" };

/** What a browser would send of the page's largest form. */
export function fieldsOn(page: string): Record<string, string> {
  const forms = page.match(/<form method="post".*?<\/form>/gs) ?? [];
  const form = forms.sort((a, b) => b.length - a.length)[0] ?? "";
  const plain = (text = "") => text.replace(/&(\w+|#39);/g, (_, name) => ENTITIES[name] ?? "");
  const fields: Record<string, string> = {};
  const controls = /<input[^>]*>|<textarea[^>]*>[^<]*<\/textarea>|<select.*?<\/select>/gs;
  for (const [control] of form.matchAll(controls)) {
    const name = / name="([^"]*)"/.exec(control)?.[1];
    if (name === undefined || (/type="checkbox"/.test(control) && !/ checked/.test(control))) {
      continue;
    }
    const chosen = / value="([^"]*)" selected/.exec(control) ?? / value="([^"]*)"/.exec(control);
    const written = /^<textarea[^>]*>([^<]*)/.exec(control) ?? chosen;
    fields[name] = plain(written?.[1]);
  }
  return fields;
}
