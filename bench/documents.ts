/** How fast documents are made, beside pdf-lib alone, and how fast kept ones are handed out. */
import { join } from "node:path";
import { buildWorker, ROOT } from "../scripts/lib/build.ts";
import type { DocumentModel } from "../src/documents/model/model.ts";
import { invoiceOfLines } from "../test/documents/render/pdf/sample.ts";
import type { Renderer } from "./document-worker.ts";
import { median } from "./large.ts";
import { requestBytes, runLoad } from "./load.ts";
import type { Product } from "./product.ts";
import { scaled } from "./rates.ts";

const ROUNDS = 5;
const COLD_STARTS = 5;
/** Documents of one measurement, by lines: a tenth of a second or two. */
const RENDERS = { 20: 200, 100: 50, 2000: 5 } as const;
const PDF_LIB_RENDERS = { inter: 3, helvetica: 100 } as const;
const SHORT = 20;
const LONG = 2_000;
const SHAPED_RENDERS = 50;
const READS = 5_000;
/** Together more than the Worker keeps in memory of them. */
const LINKS = 250;
const HELLOS = 20_000;
const CONNECTIONS = 64;

export type DocumentRates = Rendering & LinkRates;

export async function measureDocuments(product: Product, scale: number): Promise<DocumentRates> {
  return { ...(await measureRendering(scale)), ...(await measureLinks(product, scale)) };
}

export function documentText(rates: DocumentRates): string {
  const ms = (value: number) => `${value.toFixed(2)} ms`;
  const { short, medium, long, byInter, byHelvetica, hindi, arabic } = rates;
  return [
    `an invoice of 20 lines ${ms(short)}, of 100 ${ms(medium)}, of 2,000 ${ms(long)}`,
    `of 20 in Devanagari ${ms(hindi)}, in Arabic ${ms(arabic)}`,
    `by pdf-lib in Inter ${ms(byInter)}, in Helvetica ${ms(byHelvetica)}`,
    `a bare read of R2 ${rates.bareFiles.toFixed(3)} of hello, of the edge's cache ` +
      rates.bareEdge.toFixed(3),
  ].join(", ");
}

type Rendering = {
  /** Milliseconds a document. */
  short: number;
  medium: number;
  long: number;
  byInter: number;
  byHelvetica: number;
  /** Of twenty lines in scripts that are shaped. */
  hindi: number;
  arabic: number;
  cold: number;
  /** The first in Arabic of an isolate that has rendered one in Latin. */
  coldShaped: number;
  /** Of the short one. */
  bytes: number;
};

/** In a Worker that only renders; each cold start is a runtime of its own. */
async function measureRendering(scale: number): Promise<Rendering> {
  const colds: number[] = [];
  const shaped: number[] = [];
  const measureCold = async (url: string) => {
    colds.push(await coldMs(url, invoiceOfLines(SHORT)));
    shaped.push(await coldMs(url, shapedInvoice("ar")));
  };
  for (let start = 1; start < COLD_STARTS; start++) {
    await inRuntime(measureCold);
  }
  return inRuntime(async (url) => {
    await measureCold(url);
    const rounds: Omit<Rendering, "cold" | "coldShaped" | "bytes">[] = [];
    for (let round = 0; round <= ROUNDS; round++) rounds.push(await measureRound(url, scale));
    const warm = rounds.slice(1);
    const of = (part: keyof (typeof warm)[number]) => median(warm.map((round) => round[part]));
    const { bytes } = await render(url, "ours", invoiceOfLines(SHORT), 1);
    return {
      short: of("short"),
      medium: of("medium"),
      long: of("long"),
      byInter: of("byInter"),
      byHelvetica: of("byHelvetica"),
      hindi: of("hindi"),
      arabic: of("arabic"),
      cold: median(colds),
      coldShaped: median(shaped),
      bytes,
    };
  });
}

async function inRuntime<T>(work: (url: string) => Promise<T>): Promise<T> {
  const { modules } = await buildWorker(join(ROOT, "bench/document.toml"));
  const { convertV4MiniflareOptions, Log, LogLevel } = await import("miniflare");
  const { launchRuntime } = await import("../scripts/lib/runtime.ts");
  const options = convertV4MiniflareOptions({
    workers: [
      {
        name: "document",
        modules,
        compatibilityDate: "2026-11-01",
        compatibilityFlags: ["nodejs_compat"],
        unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
      },
    ],
    cf: false,
    log: new Log(LogLevel.WARN),
  });
  const { miniflare, close } = await launchRuntime(options);
  try {
    return await work((await miniflare.unsafeGetDirectURL()).origin);
  } finally {
    await close();
  }
}

async function measureRound(url: string, scale: number) {
  const ours = (lines: keyof typeof RENDERS) =>
    renderMs(url, "ours", invoiceOfLines(lines), scaled(RENDERS[lines], scale));
  const shaped = (language: ShapedLanguage) =>
    renderMs(url, "ours", shapedInvoice(language), scaled(SHAPED_RENDERS, scale));
  const theirs = (font: keyof typeof PDF_LIB_RENDERS) =>
    renderMs(url, font, invoiceOfLines(SHORT), scaled(PDF_LIB_RENDERS[font], scale));
  return {
    short: await ours(SHORT),
    medium: await ours(100),
    long: await ours(LONG),
    byInter: await theirs("inter"),
    byHelvetica: await theirs("helvetica"),
    hindi: await shaped("hi"),
    arabic: await shaped("ar"),
  };
}

type ShapedLanguage = "ar" | "hi";
const NAMES: Record<ShapedLanguage, readonly string[]> = {
  ar: ["خدمات استشارية", "استضافة سحابية", "دعم فني", "رسوم شهرية"],
  hi: ["परामर्श सेवाएँ", "क्लाउड भंडारण", "तकनीकी सहायता", "मासिक शुल्क"],
};

/** The short invoice with all its words in a script that is shaped. */
function shapedInvoice(language: ShapedLanguage): DocumentModel {
  const invoice = invoiceOfLines(SHORT, { language, region: language === "ar" ? "SA" : "IN" });
  const names = NAMES[language];
  const lines = invoice.lines.map((line, i) => {
    const name = `${names[i % names.length]} ${names[(i >> 2) % names.length]} ${i + 1}`;
    return { ...line, name, detail: names[(i + 1) % names.length] ?? null };
  });
  return { ...invoice, lines };
}

/** The first such document of an isolate that has answered a request, but rendered none. */
async function coldMs(url: string, model: DocumentModel): Promise<number> {
  for (let i = 0; i < 5; i++) await render(url, "ours", model, 0);
  const { ms } = await render(url, "ours", model, 1);
  return ms - (await render(url, "ours", model, 0)).ms;
}

async function renderMs(
  url: string,
  as: Renderer,
  model: DocumentModel,
  times: number,
): Promise<number> {
  const empty = await render(url, as, model, 0);
  const full = await render(url, as, model, times);
  return (full.ms - empty.ms) / times;
}

async function render(url: string, as: Renderer, model: DocumentModel, times: number) {
  const body = JSON.stringify(model);
  const startedMs = performance.now();
  const answer = await fetch(`${url}/?as=${as}&times=${times}`, { method: "POST", body });
  if (!answer.ok) throw new Error(await answer.text());
  const { bytes } = (await answer.json()) as { bytes: number };
  return { ms: performance.now() - startedMs, bytes };
}

/**
 * Rates of kept PDFs by their signed links, as shares of hello's; and of a bare Worker that reads
 * files of that size from the same place and passes them on.
 */
type LinkRates = {
  fromFiles: number;
  fromEdge: number;
  again: number;
  bareFiles: number;
  bareEdge: number;
};

async function measureLinks(product: Product, scale: number): Promise<LinkRates> {
  const { url, baseline } = product;
  const get = (of: string) => requestBytes(new URL(of), { method: "GET" });
  const links = await createDocumentLinks(product);
  const opens = links.map((link) => get(new URL(new URL(link).pathname, url).href));
  await keepBare(baseline, links);
  const bare = (place: string) => links.map((_, i) => get(`${baseline}/${place}/${i}`));
  const [files, edge] = [bare("file"), bare("edge")];
  const rate = async (of: string, requests: readonly Buffer[], count: number) => {
    let sent = 0;
    const next = () => (sent < count ? (requests[sent++ % requests.length] ?? null) : null);
    return count / (await runLoad({ url: of, connections: CONNECTIONS, next }));
  };
  const rounds: LinkRates[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const hellos = await rate(baseline, [get(`${baseline}/hello`)], scaled(HELLOS, scale));
    const share = async (of: string, requests: readonly Buffer[]) =>
      (await rate(of, requests, scaled(READS, scale))) / hellos;
    await fetch(`${url}/bench/edge/off`);
    const fromFiles = await share(url, opens);
    const bareFiles = await share(baseline, files);
    await fetch(`${url}/bench/edge/on`);
    const fromEdge = await share(url, opens);
    const bareEdge = await share(baseline, edge);
    const again = await share(url, opens.slice(0, 1));
    rounds.push({ fromFiles, fromEdge, again, bareFiles, bareEdge });
  }
  const warm = rounds.slice(1);
  const of = (from: keyof LinkRates) => median(warm.map((round) => round[from]));
  return {
    fromFiles: of("fromFiles"),
    fromEdge: of("fromEdge"),
    again: of("again"),
    bareFiles: of("bareFiles"),
    bareEdge: of("bareEdge"),
  };
}

/** Puts a file of a PDF's size where the bare Worker reads it, one for each link. */
async function keepBare(baseline: string, links: readonly string[]): Promise<void> {
  const body = await (await fetch(links[0] ?? "")).arrayBuffer();
  for (const i of links.keys()) await fetch(`${baseline}/file/${i}`, { method: "PUT", body });
}

/** Final invoices of twenty lines, and the addresses of links to them. */
async function createDocumentLinks(product: Product): Promise<string[]> {
  const { api } = await product.createTenant();
  await api.call("PUT", "/api/issuer", {
    legal_name: "Acme Metering GmbH",
    address: { lines: ["Musterstraße 12"], city: "Berlin", postal_code: "10115", country: "DE" },
    vat_id: "DE123456788",
  });
  const customer = await api.call<{ id: string }>("POST", "/api/customers", {
    name: "Example Customer Ltd",
    address: { lines: ["1 High Street"], city: "London", postal_code: "SW1A 1AA", country: "GB" },
  });
  const line = { name: "Support seats", quantity: 1, unit_price: 120 };
  const urls: string[] = [];
  for (let i = 0; i < LINKS; i++) {
    const { id } = await api.call<{ id: string }>("POST", "/api/invoices", {
      customer_id: customer.id,
      lines: Array.from({ length: SHORT }, () => line),
    });
    await api.call("POST", `/api/invoices/${id}/finalize`);
    const link = await api.call<{ url: string }>("POST", `/api/invoices/${id}/link`, {});
    urls.push(link.url);
  }
  return urls;
}
