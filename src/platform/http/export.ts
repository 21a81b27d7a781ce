/**
 * A list as a file, CSV or NDJSON, that is written while it is read: a page at a time, and the next
 * one only once the caller took the last, so that any length takes the memory of one page.
 */

import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { BYTE_ORDER_MARK, csvLines } from "../../core/csv.ts";

export const EXPORT_FORMATS = ["csv", "ndjson"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** The format of every export. */
export const formatQuery = {
  format: z.enum(EXPORT_FORMATS).default("csv"),
};

/** What an export answers, for its declaration. */
export const exportReply = {
  description: "The file, written while it is read",
  content: {
    "text/csv": { schema: z.string() },
    "application/x-ndjson": { schema: z.string() },
  },
} as const;

/** A column of an export; null is an empty cell, and null in JSON. */
export type ExportColumn<R> = {
  name: string;
  text: (row: R) => string | null;
  /** Its text is JSON, most often a decimal number: NDJSON has it with these very digits. */
  number?: boolean;
};

type Exported<R> = {
  format: ExportFormat;
  /** The file's name without its end. */
  name: string;
  columns: readonly ExportColumn<R>[];
  /** The rows behind the last one that was read; fewer than `limit` are the last ones. */
  read: (last: R | null, limit: number) => Promise<R[]>;
  /** Stands before the rows of NDJSON: what they are, as a line of JSON. */
  head?: string;
  /** Rows that are read at once, where a thousand of them are large. */
  page?: number;
};

/** The first page is short, so that the file begins at once. */
const FIRST = 100;
const PAGE = 1_000;
/** Pages of one file: within the queries that an invocation may ask. */
const MOST_PAGES = 240;

const TYPES = { csv: "text/csv; charset=utf-8", ndjson: "application/x-ndjson" } as const;

/** Answers an export; beyond 239,100 rows it breaks off, and is seen to be no whole file. */
export function sendExport<R>(c: Context, { read, page = PAGE, ...file }: Exported<R>): Response {
  let last: R | null = null;
  return sendPieces(c, {
    ...file,
    async next(pieces) {
      const limit = pieces === 0 ? Math.min(FIRST, page) : page;
      const rows = await read(last, limit);
      last = rows.at(-1) ?? null;
      return { rows, isLast: rows.length < limit };
    },
  });
}

type Pieces<R> = Pick<Exported<R>, "format" | "name" | "columns" | "head"> & {
  /** The next rows, none where a piece has none; `pieces` is how many were read before. */
  next: (pieces: number) => Promise<{ rows: readonly R[]; isLast: boolean }>;
};

/** Answers an export whose rows come in pieces of any length; it breaks off beyond 240 of them. */
export function sendPieces<R>(c: Context, file: Pieces<R>): Response {
  const { format, name, columns, next } = file;
  const begin = format === "csv" ? headOf(columns) : file.head ? `${file.head}\n` : "";
  const encoder = new TextEncoder();
  const write = format === "csv" ? csvWriter(columns) : jsonWriter(columns);
  let pieces = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        // A piece without a row asks for the next one: nothing is pulled before anything was sent.
        for (let text = ""; text === ""; ) {
          if (pieces === MOST_PAGES) {
            controller.error(new Error("the export is too long"));
            return;
          }
          // A timer, since a mere turn of the loop takes no request that the network has brought.
          if (pieces > 0) await scheduler.wait(1);
          const { rows, isLast } = await next(pieces);
          await scheduler.wait(1);
          text = (pieces === 0 ? begin : "") + write(rows);
          pieces++;
          if (text !== "") controller.enqueue(encoder.encode(text));
          if (isLast) {
            controller.close();
            return;
          }
        }
      },
    },
    { highWaterMark: 0 },
  );
  return c.body(body, 200, {
    "Content-Type": TYPES[format],
    "Content-Disposition": `attachment; filename=${name}.${format}`,
  });
}

function headOf<R>(columns: readonly ExportColumn<R>[]): string {
  return BYTE_ORDER_MARK + csvLines([columns.map(({ name }) => name)]);
}

function csvWriter<R>(columns: readonly ExportColumn<R>[]): (rows: readonly R[]) => string {
  return (rows) => csvLines(rows.map((row) => columns.map(({ text }) => text(row) ?? "")));
}

function jsonWriter<R>(columns: readonly ExportColumn<R>[]): (rows: readonly R[]) => string {
  const names = columns.map(({ name }) => JSON.stringify(name));
  const member = (row: R, { text, number }: ExportColumn<R>, i: number) => {
    const value = text(row);
    return `${names[i]}:${number && value !== null ? value : JSON.stringify(value)}`;
  };
  const line = (row: R) => `{${columns.map((column, i) => member(row, column, i)).join(",")}}\n`;
  return (rows) => rows.map(line).join("");
}
