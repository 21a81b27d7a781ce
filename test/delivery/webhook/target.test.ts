import { describe, expect, it } from "vitest";
import { newTargetProblem, targetProblem } from "../../../src/delivery/webhook/target.ts";

const problem = (url: string) => targetProblem(url, false);

describe("a webhook's target", () => {
  it.each([
    "https://example.com/hooks",
    "https://example.com.:8443/a?b=c",
    "https://8.8.8.8/",
    "https://[2606:4700::1111]/",
    "https://[::ffff:8.8.8.8]/",
    "https://172.32.0.1/",
    "https://[2001:4860:4860::8888]/",
    "https://[64:ff9b::808:808]/",
    "https://[2620:4f:8000::1]/",
    "https://[3fff:1000::1]/",
  ])("may be %s", (url) => expect(problem(url)).toBeNull());

  it.each([
    "http://example.com/",
    "ftp://example.com/",
    "example.com",
    "https://user:secret@example.com/",
    "https://user@example.com/",
  ])("may not be %s", (url) => expect(problem(url)).not.toBeNull());

  it.each([
    "https://localhost/",
    "https://LOCALHOST./",
    "https://a.localhost/",
    "https://printer.local/",
    "https://metadata.google.internal/",
    "https://metadata/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://0x7f.1/",
    "https://%31%32%37.0.0.1/",
    "https://１２７.0.0.1/",
    "https://0.0.0.0/",
    "https://10.1.2.3/",
    "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data",
    "https://172.16.0.1/",
    "https://172.31.255.255/",
    "https://192.168.0.1/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://[::]/",
    "https://[::1]/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://[::127.0.0.1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:a9fe:a9fe]/",
    "https://[64:ff9b::10.0.0.1]/",
    "https://[2002:7f00:1::]/",
    "https://[fc00::1]/",
    "https://[fd00:ec2::254]/",
    "https://[fe80::1]/",
    "https://[ff02::1]/",
    "https://[2001:db8::1]/",
    "https://[2001::1]/",
    "https://[2001:20::1]/",
    "https://[3fff::1]/",
    "https://[3fff:fff:ffff::1]/",
    "https://[64:ff9b:1::808:808]/",
    "https://[100::1]/",
    "https://[5f00::1]/",
  ])("is never private: %s", (url) => expect(problem(url)).not.toBeNull());

  it("may be local where the development switch says so, by http too", () => {
    expect(targetProblem("http://127.0.0.1:8080/hook", true)).toBeNull();
    expect(targetProblem("file:///etc/passwd", true)).not.toBeNull();
  });
});

describe("a new target", () => {
  const problem = (url: string, ports?: string) => newTargetProblem(url, false, ports);

  it.each([
    "https://example.com./",
    "https://example.com:22/",
    "https://example.com:25/",
    "https://example.com:80/",
    "https://8.8.8.8:6379/",
    "https://[2606:4700::1111]:9200/",
    "https://127.0.0.1:8443/",
  ])("may not be %s", (url) => expect(problem(url)).not.toBeNull());

  it("may have the ports of https, and those that the operator lists", () => {
    for (const url of ["https://a.example/", "https://a.example:443/", "https://a.example:8443/"]) {
      expect(problem(url), url).toBeNull();
    }
    expect(problem("https://a.example:9443/", "9000 9443")).toBeNull();
    expect(problem("https://a.example:943/", "9000 9443")).not.toBeNull();
  });

  it("is held to more than one that is there, which is still sent to", () => {
    expect(targetProblem("https://example.com.:9443/", false)).toBeNull();
  });
});
