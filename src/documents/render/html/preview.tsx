/**
 * Pure. A document's model as one HTML page without scripts: what the PDF says, for screens. The
 * accent and the status colours are the PDF's.
 */
import type { Child } from "hono/jsx";
import { directionOf } from "../../language/registry.ts";
import type { DocumentLine, DocumentModel, UsageChart } from "../../model/model.ts";
import { qrRuns } from "../pdf/qr.ts";
import { niceScale } from "../pdf/scale.ts";
import { PILLS, themeOf } from "../pdf/theme.ts";
import {
  asksForMoney,
  chartSentence,
  type Entry,
  figureTexts,
  headingText,
  heroSentence,
  metaEntries,
  partyBlocks,
  paymentEntries,
  paymentTitle,
  scanCaption,
  secondaryTexts,
  showsTax,
  taxRemarks,
  titleText,
  totalRows,
  type Words,
  wordsOf,
} from "../wording/wording.ts";

const STYLE = `
body { font: 15px/1.5 Inter, system-ui, sans-serif; color: #121721; background: #fff;
  max-width: 46rem; margin: 0 auto; padding: 2.5rem 1.5rem; overflow-wrap: anywhere }
h1 { font-size: 1.7rem; margin: 0; display: inline } h2 { font-size: .85rem; margin: 0 0 .2rem }
header img { float: inline-end; max-width: 12rem; max-height: 3.6rem } p { white-space: pre-line }
.pill { font-weight: 600; font-size: .75rem; padding: .2rem .5rem; border-radius: .25rem;
  margin-inline-start: .8rem; vertical-align: .3rem }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.2rem; margin: 1rem 0 }
dt, .muted { color: #646d80 } dd { margin: 0 } .hero { font-size: 1.25rem; font-weight: 600 }
.parties { display: grid; grid-template-columns: repeat(auto-fit, minmax(12rem, 1fr)); gap: 1rem }
table { border-collapse: collapse; width: 100%; margin: 1.5rem 0 .5rem; font-size: .93rem }
th, td { text-align: end; padding-block: .45rem; padding-inline: 1rem 0; vertical-align: top;
  font-variant-numeric: tabular-nums; font-weight: 400; border-bottom: 1px solid #e6e8ed;
  white-space: nowrap }
th:first-child, td:first-child { text-align: start; padding-inline-start: 0; min-width: 9rem;
  white-space: pre-line } .member td:first-child { padding-inline-start: 1rem }
.lines { overflow-x: auto } .lines td:first-child { width: 45% }
thead th { font-size: .78rem; color: #646d80; border-bottom: 1.5px solid #121721 }
.group th { font-weight: 600; border-bottom: 0 }
.totals { max-width: 21rem; margin-inline-start: auto }
.strong *, .due * { font-weight: 600 }
.due * { border-top: 2px solid #121721; border-bottom: 0 }
section { margin-top: 1.6rem } section p { margin: .2rem 0 } footer { margin-top: 2rem }
.pay { display: flex; gap: 1.2rem; align-items: start } .pay svg { width: 7rem; display: block }
.qr { flex: none; width: 7rem; font-size: .78rem } figure { margin: .8rem 0 0 }
.chart { display: grid; grid-template-columns: max-content 1fr; gap: 0 .5rem; font-size: .7rem;
  margin-top: .6rem; color: #646d80; font-variant-numeric: tabular-nums }
.chart svg { display: block; width: 100%; height: 4.5rem; border-bottom: 1px solid #e6e8ed }
.scale { display: flex; flex-direction: column; justify-content: space-between; text-align: right;
  margin: -.55rem 0 } .days, .ends { display: flex; grid-column: 2 } .ends { justify-content:
  space-between } .days span { flex: 1; text-align: center; overflow-wrap: normal }
.pay dl { margin: .2rem 0 } .parties section { margin: 0 }
`;

export type Picture = { type: "image/png" | "image/jpeg"; base64: string };

/** The page; `logo` is the picture as it was uploaded. */
export function previewHtml(model: DocumentModel, logo: Picture | null): string {
  const words = wordsOf(model);
  const { labels, format } = words;
  const title = titleText(words);
  const { notes, terms, footer, memo } = model;
  const page = (
    <html lang={format.locale} dir={directionOf(format.locale)}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title}</title>
        <style>{STYLE}</style>
      </head>
      <body>
        <Head words={words} logo={logo} />
        {memo && <p>{memo}</p>}
        <Lines words={words} />
        <Totals words={words} />
        {taxRemarks(words).map((remark) => (
          <p class="muted">{remark}</p>
        ))}
        <Payment words={words} />
        <TextBlock heading={labels.notes} text={notes} />
        <TextBlock heading={labels.terms} text={terms} />
        <Usage words={words} />
        {footer && <footer class="muted">{footer}</footer>}
      </body>
    </html>
  );
  return `<!doctype html>${page}`;
}

function Head({ words, logo }: { words: Words; logo: Picture | null }) {
  const { model, labels } = words;
  const url = model.payment?.url;
  const open = BigInt(model.totals.dueMinor) > 0n;
  return (
    <header>
      {logo && <img src={`data:${logo.type};base64,${logo.base64}`} alt={model.seller.name} />}
      <h1>{headingText(words)}</h1>
      {model.status && <Pill status={model.status} text={labels.status[model.status]} />}
      <Entries entries={metaEntries(words)} />
      <div class="parties">
        {partyBlocks(words).map(({ head, name, rest }) => (
          <section>
            <h2>{head}</h2>
            {name && <div>{name}</div>}
            {rest.map((line) => (
              <div class="muted">{line}</div>
            ))}
          </section>
        ))}
      </div>
      <p class="hero">{heroSentence(words)}</p>
      {url && open && (
        <a href={url} style={`color: ${cssColor(accentOf(model))}`}>
          {labels.payOnline}
        </a>
      )}
    </header>
  );
}

function Pill({ status, text }: { status: NonNullable<DocumentModel["status"]>; text: string }) {
  const { ink, tint } = PILLS[status];
  const style = `color: ${cssColor(ink)}; background: ${cssColor(tint)}`;
  return (
    <span class="pill" style={style}>
      {text}
    </span>
  );
}

function accentOf({ template, branding }: DocumentModel): readonly number[] {
  return themeOf(template, branding.accent).accent;
}

function cssColor(color: readonly number[]): string {
  return `rgb(${color.map((part) => Math.round(part * 255)).join(" ")})`;
}

function Entries({ entries }: { entries: readonly Entry[] }) {
  return (
    <dl>
      {entries.map(({ label, value, strong }) => (
        <>
          <dt>{label}</dt>
          <dd>{strong ? <strong>{value}</strong> : value}</dd>
        </>
      ))}
    </dl>
  );
}

function Lines({ words }: { words: Words }) {
  const { model, labels } = words;
  const taxed = showsTax(model);
  const heads = [labels.quantity, labels.unitPrice, ...(taxed ? [labels.tax] : []), labels.amount];
  return (
    <div class="lines">
      <table>
        <thead>
          <tr>
            {[labels.description, ...heads].map((head) => (
              <th scope="col">{head}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {model.lines.map((line, i) => (
            <>
              {startsGroup(model.lines, i) && <Group line={line} columns={heads.length + 1} />}
              <Line words={words} line={line} taxed={taxed} />
            </>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Line({ words, line, taxed }: { words: Words; line: DocumentLine; taxed: boolean }) {
  return (
    <tr class={line.group ? "member" : ""}>
      <td>
        {line.name}
        {secondaryTexts(words, line).map((text) => (
          <div class="muted">{text}</div>
        ))}
      </td>
      {figureTexts(words, line, taxed).map((text) => (
        <td>{text}</td>
      ))}
    </tr>
  );
}

function startsGroup(lines: readonly DocumentLine[], i: number): boolean {
  const name = lines[i]?.group?.name;
  return name !== undefined && name !== lines[i - 1]?.group?.name;
}

function Group({ line, columns }: { line: DocumentLine; columns: number }) {
  return (
    <tr class="group">
      <th scope="rowgroup" colspan={columns}>
        {line.group?.name}
        {line.group?.detail && <div class="muted">{line.group.detail}</div>}
      </th>
    </tr>
  );
}

function Totals({ words }: { words: Words }) {
  return (
    <table class="totals">
      <tbody>
        {totalRows(words).map(({ label, amountMinor, strength }) => (
          <tr class={strength}>
            <th scope="row">{label}</th>
            <td>{words.format.money(amountMinor)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Payment({ words }: { words: Words }) {
  const { payment } = words.model;
  if (!payment || !asksForMoney(words.model)) return null;
  const { labels } = words;
  return (
    <section class="pay">
      {payment.qr && (
        <div class="qr">
          <QrCode payload={payment.qr.payload} label={labels.scanToPay} />
          <div class="muted">{scanCaption(words, payment)}</div>
        </div>
      )}
      <div>
        <h2>{paymentTitle(words, payment)}</h2>
        <Entries entries={paymentEntries(words, payment)} />
      </div>
    </section>
  );
}

function QrCode({ payload, label }: { payload: string; label: string }) {
  const { runs, size } = qrRuns(payload);
  let path = "";
  for (let i = 0; i < runs.length; i += 3) {
    path += `M${runs[i]} ${runs[i + 1]}h${runs[i + 2]}v1h-${runs[i + 2]}z`;
  }
  return (
    <svg viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label}>
      <path d={path} />
    </svg>
  );
}

function Usage({ words }: { words: Words }) {
  const { model, labels } = words;
  if (model.usage.length === 0) return null;
  return (
    <section>
      <h2>{labels.usage}</h2>
      {model.usage.map((chart) => (
        <figure>
          <figcaption>
            {chart.name} <span class="muted">{chartSentence(words, chart)}</span>
          </figcaption>
          <Chart words={words} chart={chart} />
        </figure>
      ))}
    </section>
  );
}

/** Labels of days under the bars, at most; of more days every other or rarer one has one. */
const MOST_DAYS = 31;

function Chart({ words, chart }: { words: Words; chart: UsageChart }) {
  const { format, model } = words;
  const { bars, unit } = chart;
  const scale = niceScale(bars.map(({ quantity }) => quantity));
  const every = Math.ceil(bars.length / MOST_DAYS);
  const ticks = scale.ticks.map(format.decimal);
  const highest = `${ticks.pop()}${unit && ticks.length > 0 ? `\u00a0${unit}` : ""}`;
  const ends = [bars[0], bars.at(-1)].flatMap((bar) => (bar ? [format.date(bar.day)] : []));
  return (
    <div class="chart">
      <div class="scale">
        {[highest, ...ticks.toReversed()].map((tick) => (
          <span>{tick}</span>
        ))}
      </div>
      <Bars bars={bars} top={scale.top} accent={cssColor(accentOf(model))} />
      <div class="days">
        {bars.map(({ day }, i) => (
          <span>{i % every === 0 ? Number(day.slice(8)) : ""}</span>
        ))}
      </div>
      <div class="ends">
        {ends.map((date) => (
          <span>{date}</span>
        ))}
      </div>
    </div>
  );
}

/** A picture of quantities may be inexact; every number beside it is not. */
function Bars({ bars, top, accent }: Pick<UsageChart, "bars"> & { top: number; accent: string }) {
  const path = bars
    .map(({ quantity }, i) => {
      const share = top === 0 ? 0 : Math.max(0, Number(quantity)) / top;
      return `M${i * 3} 30v-${(share * 30).toFixed(2)}h2V30z`;
    })
    .join("");
  return (
    <svg viewBox={`0 0 ${bars.length * 3} 30`} preserveAspectRatio="none" aria-hidden="true">
      <path d={path} fill={accent} />
    </svg>
  );
}

function TextBlock({ heading, text }: { heading: Child; text: string | null }) {
  if (!text) return null;
  return (
    <section>
      <h2>{heading}</h2>
      <p>{text}</p>
    </section>
  );
}
