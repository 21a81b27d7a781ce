/**
 * Search from anywhere: Ctrl-K, or `/` where nobody is typing, opens a dialog that searches as one
 * types; `?` lists the keys. What is found is the server's, and the search works without a script.
 */

const MAC = /Mac|iPhone|iPad/.test(navigator.platform);
const PAUSE_MS = 90;
/** Pressed after `g`: pages of the navigation, where it has them. */
const WAYS = {
  h: "",
  u: "/usage",
  a: "/alerts",
  i: "/invoices",
  q: "/quotes",
  c: "/customers",
  b: "/billing",
  e: "/emails",
  w: "/webhooks",
  t: "/tenants",
  s: "/settings",
};
const GO_MS = 1500;

let wentAt = 0;

/** Listens for the keys, and for the field in the navigation. */
export function openBySearchKeys() {
  const field = document.querySelector("[data-find]");
  if (!field) return;
  const key = field.querySelector("kbd");
  if (key) key.textContent = MAC ? "⌘K" : "Ctrl K";
  // Not when it is focused: a dialog that closes gives the focus back.
  field.querySelector("input").addEventListener("mousedown", (event) => {
    event.preventDefault();
    openPalette();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey) {
      event.preventDefault();
      return openPalette();
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "/") {
      event.preventDefault();
      openPalette();
    } else if (event.key === "?") showKeys();
    else if (event.key === "g") wentAt = performance.now();
    else if (performance.now() - wentAt < GO_MS && event.key in WAYS) goTo(WAYS[event.key]);
  });
}

function isTyping(target) {
  return target instanceof Element && target.closest("input, textarea, select, [contenteditable]");
}

function linkOf(path) {
  return document.querySelector(`.side nav a[href="/dashboard${path}"]`);
}

function goTo(path) {
  wentAt = 0;
  linkOf(path)?.click();
}

function dialogWith(label, className) {
  const dialog = document.createElement("dialog");
  dialog.className = className;
  dialog.ariaLabel = label;
  dialog.addEventListener("close", () => dialog.remove());
  // A press beside the dialog is one on its backdrop.
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  return dialog;
}

function openPalette() {
  if (document.querySelector("dialog[open]")) return;
  const dialog = dialogWith("Search", "palette");
  const input = document.createElement("input");
  const results = document.createElement("div");
  // Of the type `search`, its first Escape would only empty it.
  Object.assign(input, { type: "text", autocomplete: "off", maxLength: 200 });
  input.placeholder = "Documents, customers, pages";
  input.ariaLabel = input.placeholder;
  input.role = "combobox";
  input.setAttribute("aria-controls", "found");
  input.setAttribute("aria-expanded", "true");
  input.setAttribute("aria-autocomplete", "list");
  results.className = "results";
  results.setAttribute("aria-live", "polite");
  dialog.append(input, results);
  dialog.showModal();
  input.focus();
  searchAsTyped(dialog, input, results);
}

function searchAsTyped(dialog, input, results) {
  let asked = new AbortController();
  let timer = 0;
  // Whether the results are those of what is typed, and whether Enter waits for them.
  let current = false;
  let entered = false;
  const search = async () => {
    asked.abort();
    asked = new AbortController();
    try {
      const query = new URLSearchParams({ q: input.value });
      const { signal } = asked;
      const answer = await fetch(`/dashboard/search/results?${query}`, { signal });
      // Whoever was signed out meanwhile is shown the way in.
      if (answer.redirected || answer.status === 401) return location.assign("/dashboard/sign-in");
      const found = new DOMParser().parseFromString(await answer.text(), "text/html");
      results.replaceChildren(...found.body.childNodes);
      select(input, results, 0);
      current = true;
      if (entered) optionsIn(results)[0]?.click();
      entered = false;
    } catch (error) {
      if (error.name !== "AbortError") results.textContent = "Nobody answers. Try again.";
    }
  };
  input.addEventListener("input", () => {
    current = false;
    entered = false;
    clearTimeout(timer);
    timer = setTimeout(search, PAUSE_MS);
  });
  input.addEventListener("keydown", (event) => {
    const options = optionsIn(results);
    const at = options.findIndex((option) => option.ariaSelected === "true");
    if (event.key === "ArrowDown") select(input, results, (at + 1) % options.length);
    else if (event.key === "ArrowUp") select(input, results, at <= 0 ? options.length - 1 : at - 1);
    else if (event.key !== "Enter") return;
    else if (current) options[at]?.click();
    else {
      entered = true;
      clearTimeout(timer);
      void search();
    }
    event.preventDefault();
  });
  results.addEventListener("click", (event) => {
    // Also where it leads to a heading of the page that one is on.
    if (event.target.closest("a")) setTimeout(() => dialog.close());
  });
  void search();
}

function optionsIn(results) {
  return [...results.querySelectorAll('[role="option"]')];
}

function select(input, results, at) {
  const options = optionsIn(results);
  options.forEach((option, i) => {
    option.ariaSelected = String(i === at);
  });
  const chosen = options[at];
  if (chosen) input.setAttribute("aria-activedescendant", chosen.id);
  else input.removeAttribute("aria-activedescendant");
  chosen?.scrollIntoView({ block: "nearest" });
}

function showKeys() {
  const dialog = dialogWith("Keyboard shortcuts", "keys");
  const rows = [
    [MAC ? "⌘ K" : "Ctrl K", "Search documents, customers and pages"],
    ["/", "The same"],
    ["?", "These shortcuts"],
    ["Esc", "Close what is open"],
    ...Object.entries(WAYS).flatMap(([key, path]) => {
      const link = linkOf(path);
      return link ? [[`g ${key}`, `Go to ${link.textContent.trim()}`]] : [];
    }),
  ];
  const heading = document.createElement("h2");
  heading.textContent = "Keyboard shortcuts";
  const list = document.createElement("dl");
  for (const [keys, does] of rows) {
    const name = document.createElement("dt");
    name.append(
      ...keys.split(" ").map((text) => Object.assign(document.createElement("kbd"), { textContent: text })),
    );
    list.append(name, Object.assign(document.createElement("dd"), { textContent: does }));
  }
  const close = Object.assign(document.createElement("button"), { type: "button", textContent: "Close" });
  close.addEventListener("click", () => dialog.close());
  dialog.append(heading, list, close);
  dialog.showModal();
}
