import { describe, expect, it } from "vitest";
import {
  addressesIn,
  insistPublicUrl,
  isOwnAddress,
  publicUrl,
} from "../../../src/platform/runtime/public-url.ts";

const SEVERAL = { PUBLIC_URL: "https://billing.example/, http://127.0.0.1:8787\n junk ftp://x" };
const NONE = { PUBLIC_URL: "" };

describe("PUBLIC_URL", () => {
  it("lists addresses, of which links take the first", () => {
    expect(addressesIn(SEVERAL.PUBLIC_URL)).toEqual([
      "https://billing.example",
      "http://127.0.0.1:8787",
    ]);
    expect(publicUrl(SEVERAL)).toBe("https://billing.example");
    expect(publicUrl(NONE)).toBeNull();
    expect(() => insistPublicUrl(NONE)).toThrow("PUBLIC_URL");
  });

  it.each([
    "https://billing.example/d/x",
    "https://billing.example:443/",
    "https://BILLING.example/",
    "http://127.0.0.1:8787/healthz?next=//evil.test/",
    "https://boxcostpro-edge.acme.workers.dev/",
  ])("has %s answered", (url) => expect(isOwnAddress(SEVERAL, url)).toBe(true));

  it.each([
    "https://evil.test/",
    "https://evil.test/?x=//billing.example/",
    "https://billing.example.evil.test/",
    "https://billing.example@evil.test/",
    "https://evil.test//billing.example/",
    "http://127.0.0.1:8788/",
    "http://localhost:8787/",
    "http://x.workers.dev/",
    "https://workers.dev.evil.test/",
    "http://127.0.0.1:8787.evil.test/",
    "http://127.0.0.1:8787, evil.test/",
    "http://127.0.0.1:99999/",
    "http://[::1/",
    "http://%/",
    "http:///",
  ])("has %s refused", (url) => expect(isOwnAddress(SEVERAL, url)).toBe(false));

  it("that is empty leaves the platform's own name and this machine", () => {
    for (const url of ["https://a.acme.workers.dev/", "http://localhost:1/", "http://[::1]:2/"]) {
      expect(isOwnAddress(NONE, url), url).toBe(true);
    }
    expect(isOwnAddress(NONE, "https://billing.example/")).toBe(false);
  });

  it("that was answered before says nothing of another, or of other addresses of ours", () => {
    for (let i = 0; i < 2; i++) expect(isOwnAddress(NONE, "http://localhost:1/x")).toBe(true);
    for (const url of ["http://localhost:1", "http://localhost:12", "http://localhost:1@e.test/"]) {
      expect(isOwnAddress(NONE, url), url).toBe(!url.includes("@"));
    }
    expect(isOwnAddress(SEVERAL, "http://localhost:1/x")).toBe(false);
  });
});
