/** What a script adds to lists: a selection that counts, files with progress, acts in steps. */
const number = new Intl.NumberFormat(document.documentElement.dataset.locale || undefined);
const running = document.querySelector("[data-running]");

for (const bar of document.querySelectorAll("[data-bulk-bar]")) followSelection(bar);
for (const link of document.querySelectorAll("a[data-export]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    link.closest("details")?.removeAttribute("open");
    exportFile(link.href, Number(link.dataset.export) || null);
  });
}
for (const part of document.querySelectorAll("[data-bulk]")) {
  const form = part.querySelector("form");
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    const { bulk, doing, done: word, pages } = part.dataset;
    const body = String(new URLSearchParams(new FormData(form)));
    const run = { action: form.getAttribute("action"), body, doing, word, total: Number(bulk) };
    actInSteps({ ...run, hasPages: pages !== undefined, cursor: "", done: 0 }, part);
  });
}

/** A menu closes when something else is clicked, and with Escape. */
const menus = document.querySelectorAll("[data-drop]");
const closeMenus = (but) => {
  for (const menu of menus) if (menu !== but) menu.removeAttribute("open");
};
document.addEventListener("click", ({ target }) => closeMenus(target.closest?.("[data-drop]")));
document.addEventListener("keydown", (event) => {
  const open = document.querySelector("[data-drop][open]");
  if (event.key !== "Escape" || !open) return;
  open.removeAttribute("open");
  open.querySelector("summary").focus();
});

/** Counts what is selected; the bar stands there while something is. */
function followSelection(bar) {
  const boxes = [...document.querySelectorAll(`input[name="ids"][form="${bar.id}"]`)];
  const whole = document.querySelector("[data-pick-page]");
  const rest = bar.querySelector("[data-all]");
  const perPage = bar.querySelector("[data-per-page]");
  const all = rest?.querySelector("input");
  const picked = bar.querySelector("[data-picked]");
  let last = null;
  const show = () => {
    const count = boxes.filter(({ checked }) => checked).length;
    const isWhole = count === boxes.length && count > 0;
    if (all && !isWhole) all.checked = false;
    if (whole) {
      whole.checked = isWhole;
      whole.indeterminate = count > 0 && !isWhole;
    }
    if (rest) rest.hidden = !isWhole;
    bar.hidden = count === 0;
    // The box beside it says so to those who see it.
    picked.classList.toggle("unseen", Boolean(all?.checked));
    picked.textContent = all?.checked
      ? `${rest.querySelector("span").textContent} selected`
      : `${number.format(count)} selected`;
    if (perPage) perPage.hidden = count === 0 || all.checked;
    for (const box of boxes) box.closest("tr").classList.toggle("chosen", box.checked);
  };
  if (whole) {
    whole.hidden = false;
    whole.addEventListener("change", () => {
      for (const box of boxes) box.checked = whole.checked;
      show();
    });
  }
  for (const [i, box] of boxes.entries()) {
    box.addEventListener("click", ({ shiftKey }) => {
      if (shiftKey && last !== null) {
        const [from, to] = [Math.min(i, last), Math.max(i, last)];
        for (const between of boxes.slice(from, to + 1)) between.checked = box.checked;
      }
      last = i;
      show();
    });
  }
  all?.addEventListener("change", show);
  bar.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button?.hasAttribute("data-download")) return;
    event.preventDefault();
    const query = new URLSearchParams(new FormData(bar));
    const chosen = query.getAll("ids").length;
    const address = new URL(button.formAction);
    if (button.value === "pdfs") return archiveFiles(address, query);
    query.set("format", "csv");
    address.search = query;
    exportFile(address, all?.checked ? null : chosen);
  });
  show();
}

/** Shows how far something is; `stopped` says whether the reader has had enough. */
function begin(words) {
  const said = running.querySelector("[data-said]");
  const bar = running.querySelector("progress");
  const stop = running.querySelector("[data-stop]");
  const control = new AbortController();
  running.hidden = false;
  running.classList.remove("bad");
  bar.hidden = false;
  stop.textContent = "Stop";
  said.textContent = words;
  bar.removeAttribute("value");
  stop.onclick = () => control.abort();
  return {
    signal: control.signal,
    say(text, done, total) {
      said.textContent = text;
      if (total) {
        bar.max = total;
        bar.value = Math.min(done, total);
      }
    },
    end(text, isBad = false) {
      said.textContent = text;
      bar.hidden = true;
      running.classList.toggle("bad", isBad);
      stop.textContent = "Close";
      stop.onclick = () => {
        running.hidden = true;
      };
    },
  };
}

const failed = (error) =>
  error.name === "AbortError" ? "Stopped." : "That did not work: try it again.";

async function answerOf(address, signal) {
  const answer = await fetch(address, { signal });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer;
}

/** Reads an export while it is written, and hands it over as a file. */
async function exportFile(address, total) {
  const progress = begin("Exporting…");
  try {
    const answer = await answerOf(address, progress.signal);
    const isCsv = answer.headers.get("content-type")?.startsWith("text/csv");
    const parts = [];
    let lines = isCsv ? -1 : 0;
    const reader = answer.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      for (const byte of value) if (byte === 10) lines++;
      const shown = number.format(Math.max(0, lines));
      const of = total ? ` of ${number.format(total)}` : "";
      progress.say(`Exported ${shown}${of}`, lines, total);
    }
    save(new Blob(parts, { type: answer.headers.get("content-type") }), nameOf(answer));
    progress.end(`Exported ${number.format(Math.max(0, lines))}`);
  } catch (error) {
    progress.end(failed(error), true);
  }
}

/** Fetches archives of PDFs one after the other, as long as there are more documents. */
async function archiveFiles(address, query) {
  const progress = begin("Collecting PDFs…");
  try {
    let files = 0;
    for (let after = ""; after !== null; ) {
      if (after !== "") query.set("after", after);
      address.search = query;
      const answer = await answerOf(address, progress.signal);
      const blob = await answer.blob();
      after = answer.headers.get("next-after");
      files++;
      const name = nameOf(answer);
      save(blob, files === 1 && after === null ? name : name.replace(/\.zip$/, `-${files}.zip`));
      progress.say(`${number.format(files)} ${files === 1 ? "file" : "files"} saved…`);
    }
    progress.end(files === 1 ? "The file is saved." : `${number.format(files)} files are saved.`);
  } catch (error) {
    progress.end(failed(error), true);
  }
}

function nameOf(answer) {
  return /filename=([^;]+)/.exec(answer.headers.get("content-disposition") ?? "")?.[1] ?? "file";
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Under which a run that is left is kept, for this window and until it has ended. */
const KEPT = "list-run";

/** Keeps a run as far as it is; a window that keeps nothing does without. */
function keep(run) {
  try {
    if (run === null) sessionStorage.removeItem(KEPT);
    else sessionStorage.setItem(KEPT, JSON.stringify(run));
  } catch {}
}

function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT));
  } catch {
    return null;
  }
}

/** The run of this list that was left, with a button that goes on with it. */
function offerToGoOn() {
  const run = kept();
  if (!run || !running) return;
  const token = document.querySelector('input[name="form_token"]')?.value;
  // Whoever has signed in since, or for whom else they act, does not go on with it.
  if (token && token !== new URLSearchParams(run.body).get("form_token")) return keep(null);
  if (run.action !== `${running.dataset.running}/bulk`) return;
  const more = running.querySelector("[data-go-on]");
  const stop = running.querySelector("[data-stop]");
  running.hidden = false;
  running.querySelector("progress").hidden = true;
  running.querySelector("[data-said]").textContent =
    `${countOf(run)}, then the page was left.`;
  more.hidden = false;
  more.onclick = () => {
    more.hidden = true;
    actInSteps(run, null);
  };
  stop.textContent = "Dismiss";
  stop.onclick = () => {
    keep(null);
    more.hidden = true;
    running.hidden = true;
  };
}

/** "3,200 of 10,000 invoices sent"; of how many is left out where it was not known. */
function countOf({ done, total, word }) {
  const of = total > 0 && total >= done ? ` of ${number.format(total)}` : "";
  return `${number.format(done)}${of} ${word}`;
}

/**
 * Takes the steps of a run, each from where the one before ended, and keeps where it is. `part` is
 * the question that it began with; null where it goes on.
 */
async function actInSteps(run, part) {
  const progress = begin(`${run.doing}…`);
  const buttons = part?.querySelectorAll("button") ?? [];
  for (const button of buttons) button.disabled = true;
  const refused = [];
  let ended = "";
  try {
    const body = new URLSearchParams(run.body);
    progress.say(countOf(run), run.done, run.total);
    keep(run);
    while (run.cursor !== null && ended === "") {
      if (run.cursor !== "") body.set("cursor", run.cursor);
      const headers = { accept: "application/json" };
      const { signal } = progress;
      const answer = await fetch(run.action, { method: "POST", body, headers, signal });
      const step = await answer.json().catch(() => ({}));
      if (!answer.ok) {
        ended = step.detail ?? "That did not work: try it again.";
        break;
      }
      run.done += step.done;
      refused.push(...step.refused);
      run.cursor = step.next_cursor;
      keep(run);
      progress.say(countOf(run), run.done, run.total);
    }
  } catch (error) {
    // A page that is left breaks off what it asks for: the run is gone on with when it comes back.
    if (isLeft) return;
    ended = failed(error);
  }
  keep(null);
  // What the step came to that was under way when the page was left, nobody was told.
  const besides = part ? "" : " since it began, and those of the step that was broken off";
  progress.end(`${number.format(run.done)} ${run.word}${besides}. ${ended}`.trim(), ended !== "");
  for (const button of buttons) button.disabled = run.done > 0;
  if (part && run.done > 0) part.querySelector("a.button").textContent = "Back to the list";
  if (refused.length > 0) {
    (part ?? document.querySelector("main .head"))?.after(refusals(refused, run));
  }
}

let isLeft = false;
addEventListener("pagehide", () => {
  isLeft = true;
});
// A page that the browser kept as it was left has no run of its own any more.
addEventListener("pageshow", ({ persisted }) => {
  if (persisted && kept()) location.reload();
});
offerToGoOn();

/** What was refused, each with a link to it where it has a page. */
function refusals(refused, { action, hasPages }) {
  const notice = document.createElement("div");
  notice.className = "notice warn";
  const head = document.createElement("p");
  head.textContent = `${number.format(refused.length)} could not be done:`;
  const list = document.createElement("ul");
  for (const { id, number: named, detail } of refused.slice(0, 100)) {
    const item = document.createElement("li");
    const name = document.createElement(hasPages ? "a" : "span");
    if (hasPages) name.href = `${action.replace(/\/bulk$/, "")}/${encodeURIComponent(id)}`;
    name.textContent = named ?? "Draft";
    item.append(name, `: ${detail}`);
    list.append(item);
  }
  notice.append(head, list);
  return notice;
}
