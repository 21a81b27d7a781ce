/** Compressed bodies against the running product: what a megabyte that unpacks to more may cost. */
import { readFileSync } from "node:fs";
import { constants, crc32, deflateRawSync, gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { apiAt } from "../../scripts/lib/api.ts";
import { newState, serve } from "../process/command.ts";

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
    const server = await serve(await newState());
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

/** A part of a PNG, with its length and checksum. */
function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** A grey picture of one pixel, whose pixels unpack to 480 MB. */
function pictureBomb(): Buffer {
  const block = deflateRawSync(Buffer.alloc(MEGABYTE), {
    level: 9,
    finishFlush: constants.Z_SYNC_FLUSH,
  });
  const blocks = Array.from({ length: 480 }, () => block);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0])),
    chunk("IDAT", Buffer.concat([Buffer.from([0x78, 0x9c]), ...blocks])),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

it.skipIf(process.platform !== "linux")(
  "a logo of one pixel that unpacks to 480 MB is refused in the memory of what is read of it",
  async () => {
    const server = await serve(await newState());
    const before = mostResident(server.runtimePid);
    const { status } = await fetch(`${server.url}/api/branding/logo`, {
      method: "PUT",
      headers: { authorization: `Bearer ${server.demoKey}`, "content-type": "image/png" },
      body: pictureBomb(),
    });
    expect(status).toBe(422);
    expect((mostResident(server.runtimePid) - before) / MEGABYTE).toBeLessThan(64);
  },
);
