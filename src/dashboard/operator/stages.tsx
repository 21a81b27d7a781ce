/** Pure. The stages that work passes through, as a picture: how far each is behind. */
import { MINUTE_MS, SECOND_MS } from "../../core/time.ts";
import { MOST_COUNTED } from "../../platform/queue/backlog.ts";
import type { Stage, StageId } from "../../watch/stages.ts";
import type { Format } from "../form/format.ts";

/** What a stage is called, and what it does. */
export const STAGE_WORDS: Readonly<Record<StageId, { name: string; what: string }>> = {
  intake: {
    name: "Asynchronous usage",
    what: "Usage that was acknowledged and is recorded by its queue",
  },
  journal: {
    name: "Journals",
    what: "Meters put what they counted into the ledger",
  },
  outbox: {
    name: "Announcements",
    what: "What happened is handed to the queue, and what follows from it is made",
  },
  jobs: { name: "Jobs", what: "The queue of everything that follows" },
  deliveries: { name: "Webhooks", what: "Deliveries to endpoints" },
  mails: { name: "E-mails", what: "Messages to the provider" },
  sweep: { name: "Sweep", what: "Comes each minute and begins what is due" },
  due: { name: "Due work", what: "Closings, reminders and whatever else has a time" },
  archive: { name: "Archive", what: "Old usage leaves the ledger" },
  erasure: { name: "Erasures", what: "Persons and tenants are erased, step by step" },
};

/** The ways of work, each with its stages in their order. */
const WAYS: readonly (readonly [name: string, stages: readonly StageId[]])[] = [
  ["Usage", ["intake", "journal"]],
  ["What follows", ["outbox", "jobs", "deliveries", "mails"]],
  ["Schedule", ["sweep", "due"]],
  ["Retention", ["archive", "erasure"]],
];
/** These take from the same stage, one beside the other. */
const ALONGSIDE: ReadonlySet<StageId> = new Set(["mails"]);

/** A time that something waits, in one unit: "45 s", "12 min", "3 h", "2 d". */
export function waitText(ms: number, format: Format): string {
  const seconds = Math.floor(ms / SECOND_MS);
  if (ms < 2 * MINUTE_MS) return `${format.count(seconds)} s`;
  const minutes = Math.floor(ms / MINUTE_MS);
  if (minutes < 120) return `${format.count(minutes)} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${format.count(hours)} h` : `${format.count(Math.floor(hours / 24))} d`;
}

function lagText({ id, lagMs, late }: Stage, format: Format): string {
  if (lagMs === 0) return "On time";
  if (id === "sweep" && !late) return `${waitText(lagMs, format)} ago`;
  return waitText(lagMs, format);
}

function backlogText({ id, backlog, more }: Stage, format: Format): string {
  if (backlog === null) return STAGE_WORDS[id].what;
  if (backlog === 0) return "Nothing waits";
  const counted = more ? `${format.count(MOST_COUNTED)}+` : format.count(backlog);
  return id === "journal" ? `${counted} not in the ledger` : `${counted} waiting`;
}

/** The picture; on a narrow screen its ways stand below each other. */
export function StagePicture({ stages, format }: { stages: readonly Stage[]; format: Format }) {
  const byId = new Map(stages.map((stage) => [stage.id, stage]));
  const late = stages.filter((stage) => stage.late).length;
  return (
    <section class="ways" id="stages" aria-labelledby="stages-head">
      <div class="head">
        <h2 id="stages-head">
          Stages{" "}
          <span class={`badge ${late === 0 ? "good" : "bad"}`}>
            {late === 0 ? "on time" : `${late} behind`}
          </span>
        </h2>
        <span class="muted">How long the first work waits that a stage has not done</span>
      </div>
      {WAYS.map(([name, ids]) => (
        <div class="way">
          <h3>{name}</h3>
          <ol>
            {ids.map((id) => {
              const stage = byId.get(id);
              if (!stage) return null;
              const alongside = ALONGSIDE.has(id) ? " alongside" : "";
              return (
                <li class={`stage${stage.late ? " bad" : ""}${alongside}`} id={`stage-${id}`}>
                  <span>{STAGE_WORDS[id].name}</span>
                  <strong>{lagText(stage, format)}</strong>
                  <small class="muted">{backlogText(stage, format)}</small>
                </li>
              );
            })}
          </ol>
        </div>
      ))}
    </section>
  );
}
