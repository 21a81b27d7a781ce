import { describe, expect, it } from "vitest";
import { call } from "../../support/api.ts";

const text = ({ bytes }: { bytes: Uint8Array }) => new TextDecoder().decode(bytes);

describe("the guides", () => {
  it("are pages under a strict policy, with what they load on our own host", async () => {
    for (const path of ["/docs/guides", "/docs/guides/billing"]) {
      const answer = await call(null, "GET", path);
      expect([answer.status, answer.headers.get("content-type")]).toEqual([
        200,
        "text/html; charset=utf-8",
      ]);
      expect(answer.headers.get("content-security-policy")).not.toContain("unsafe");
      const html = text(answer);
      for (const [, address = ""] of html.matchAll(
        /<(?:link|script|img)[^>]+(?:href|src)="(.+?)"/g,
      )) {
        expect([address, (await call(null, "GET", address)).status]).toEqual([address, 200]);
      }
    }
  });

  it("are Markdown for machines, by a list that leads to all of them", async () => {
    const list = await call(null, "GET", "/llms.txt");
    expect(list.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    const addresses = [...text(list).matchAll(/\]\((\/[^)]+)\)/g)].map(([, path = ""]) => path);
    expect(addresses.length).toBeGreaterThan(8);
    for (const path of addresses) {
      expect([path, (await call(null, "GET", path)).status]).toEqual([path, 200]);
    }
    const answer = await call(null, "GET", "/docs/guides/billing.md");
    expect(answer.headers.get("content-type")).toBe("text/markdown; charset=utf-8");
    expect(text(answer)).toMatch(/^# The rules of billing\n/);
  });

  it("are not found by other names, nor is what lies beside them", async () => {
    for (const path of ["none", "none.md", "index.html", "..%2ffonts%2fOFL.txt", "llms.txt"]) {
      const { status, body } = await call(null, "GET", `/docs/guides/${path}`);
      expect([path, status, body.code?.endsWith("not_found")]).toEqual([path, 404, true]);
    }
  });
});
