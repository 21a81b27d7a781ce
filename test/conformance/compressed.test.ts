/** Compressed bodies against the running product: what a megabyte that unpacks to more may cost. */
import { readFileSync } from "node:fs";
import { constants, deflateRawSync, gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { apiAt } from "../../scripts/lib/api.ts";
import { serve, temporaryDir } from "../process/command.ts";

const MEGABYTE = 2 ** 20;
const EVENT = { metric_name: "compressed", quantity: 1 };

/** The most bytes that were ever resident of a process. */
function mostResident(pid: number): number {
  const [, kilobytes = ""] =
    /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) * 1_024;
}

/** gzip data of about a megabyte that unpacks to a gigabyte. */
function bomb(): Buffer {
  const zeros = Buffer.alloc(MEGABYTE);
  const block = deflateRawSync(zeros, { level: 9, finishFlush: constants.Z_SYNC_FLUSH });
  return Buffer.concat([
    gzipSync("").subarray(0, 10),
    ...Array.from({ length: 1_024 }, () => block),
  ]);
}

it.skipIf(process.platform !== "linux")(
  "a megabyte that unpacks to a gigabyte is refused in the memory of what is allowed",
  async () => {
    const server = await serve(temporaryDir());
    const send = (path: string, body: Buffer | string, more: Record<string, string> = {}) =>
      fetch(server.url + path, {
        method: "POST",
        headers: {
          authorization: `Bearer ${server.demoKey}`,
          "content-type": "application/json",
          ...more,
        },
        body,
      });
    const gzip = { "content-encoding": "gzip" };
    const paths = [
      "/api/usage/record",
      "/api/usage/events",
      "/api/usage/cloudevents",
      "/api/usage/intake?metric=m",
      "/otlp/v1/traces",
      "/api/customers",
    ];
    // What is warm has what it needs; the bombs may add what one body may have, and no more.
    for (const path of paths) await (await send(path, gzipSync("{}"), gzip)).arrayBuffer();
    const before = mostResident(server.runtimePid);
    const packed = bomb();
    for (let round = 0; round < 5; round++) {
      const answers = await Promise.all(paths.map((path) => send(path, packed, gzip)));
      for (const [i, answer] of answers.entries())
        expect([paths[i], answer.status]).toEqual([paths[i], 413]);
    }
    const more = mostResident(server.runtimePid) - before;
    expect(more / MEGABYTE).toBeLessThan(256);
    const recorded = await send("/api/usage/record", gzipSync(JSON.stringify(EVENT)), gzip);
    expect(recorded.status).toBe(201);
    const { metrics } = await apiAt(server.url, server.demoKey).call<{ metrics: unknown[] }>(
      "GET",
      "/api/usage/summary?metric_name=compressed",
    );
    expect(metrics).toMatchObject([{ total_quantity: 1 }]);
  },
);
