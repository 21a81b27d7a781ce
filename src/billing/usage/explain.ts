/**
 * How an invoice came to be, line by line: plan version, arithmetic, and the events it was counted
 * from, as a range of sequences and a digest that anyone can compute again from the ledger.
 */
import { createHash } from "node:crypto";
import type { Actor } from "../../accounts/actor/actor.ts";
import type { BilledKind } from "../../documents/kind/registry.ts";
import { readFor } from "../../documents/lifecycle/list.ts";
import type { LineRow } from "../../documents/store/table.ts";
import { DEFAULT_SOURCE } from "../../metering/event/line.ts";
import { archivedProblem } from "../../metering/ledger/archived.ts";
import { listEvents } from "../../metering/read/event.ts";
import type { Env } from "../../platform/runtime/env.ts";
import type { Explanation } from "../period/invoice.ts";

/** Events that one read of the ledger takes. */
const PAGE_EVENTS = 1_000;

export type EventRange = {
  count: number;
  firstSeq: number | null;
  lastSeq: number | null;
  /** SHA-256, hexadecimal, of a line `<sequence> <source> <id>` for each event, newest first. */
  digest: string;
};

export type ExplainedLine = {
  line: LineRow;
  explanation: Explanation | null;
  events: EventRange | null;
};

/** An invoice's or credit note's lines, explained. Errors: 404. */
export async function explainDocument(env: Env, actor: Actor, kind: BilledKind, name: string) {
  const { row: document } = await readFor(env, actor, kind, name);
  const ranges = new Map<string, Promise<EventRange>>();
  const lines = document.lines.map(async (line): Promise<ExplainedLine> => {
    const explanation = explanationOf(line);
    const counted = explanation && (explanation.metric !== null || line.kind === "adjustment");
    if (!counted || document.recipient === null) return { line, explanation, events: null };
    const { metric, from, to, after_seq, up_to_seq } = explanation;
    const key = JSON.stringify([metric, from, to, after_seq, up_to_seq]);
    const range = ranges.get(key) ?? digestEvents(env, document.recipient, explanation);
    ranges.set(key, range);
    return { line, explanation, events: await range };
  });
  return { document, lines: await Promise.all(lines) };
}

function explanationOf({ explanation }: LineRow): Explanation | null {
  return typeof explanation === "object" && explanation !== null && "up_to_seq" in explanation
    ? (explanation as Explanation)
    : null;
}

async function digestEvents(
  env: Env,
  tenant: string,
  explanation: Explanation,
): Promise<EventRange> {
  const filter = {
    metric: explanation.metric,
    userId: null,
    source: null,
    startMs: explanation.from,
    endMs: explanation.to,
  };
  const hash = createHash("sha256");
  let [count, firstSeq, lastSeq]: [number, number | null, number | null] = [0, null, null];
  for (let beforeSeq: number | null = explanation.up_to_seq + 1; beforeSeq !== null; ) {
    const page = await listEvents(env, tenant, filter, { beforeSeq, limit: PAGE_EVENTS });
    if (page.archived.length > 0) throw archivedProblem(page.archived);
    const mine = page.lines.filter(({ seq }) => seq > explanation.after_seq);
    for (const { seq, tuple } of mine) {
      hash.update(`${seq} ${tuple[6] || DEFAULT_SOURCE} ${tuple[0]}\n`);
      count++;
      lastSeq ??= seq;
      firstSeq = seq;
    }
    beforeSeq = page.next !== null && page.next > explanation.after_seq + 1 ? page.next : null;
  }
  return { count, firstSeq, lastSeq, digest: hash.digest("hex") };
}
