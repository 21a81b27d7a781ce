/**
 * Forms keep what was typed: when they are left, and when what they sent was not taken. It lies in
 * the tab's own storage, by viewer and form, and goes once it was taken, or with signing out. No
 * secret, no file and no hidden field is kept.
 */

const QUIET_MS = 300;
const MOST_CHARACTERS = 200_000;
const PREFIX = "form:";
/** The key of the form that was sent last: the page that answers it says what became of it. */
const SENT = "form-sent";
const UNKEPT = new Set(["password", "file", "hidden", "submit", "button", "reset", "image"]);

const viewer = document.documentElement.dataset.viewer;

/** Gives each form of the page back what was typed in it, and keeps what is typed from now on. */
export function keepForms() {
  pairColors();
  if (!viewer) return;
  const forms = [...document.querySelectorAll("main form[method=post]")].filter(isTypedIn);
  forgetWhatWasTaken(forms);
  for (const form of forms) {
    const refused = isRefused(form);
    if (!refused) giveBack(form);
    watch(form, refused ? keptOf(form) : []);
  }
  const signOut = document.querySelector('form[action="/dashboard/sign-out"]');
  signOut?.addEventListener("submit", forgetAll);
}

/** Says that a form is on its way: it is forgotten once the next page shows that it was taken. */
export function markSent(form) {
  if (viewer && isTypedIn(form)) store(SENT, keyOf(form));
}

function keyOf(form) {
  return `${PREFIX}${viewer}:${new URL(form.action).pathname}`;
}

function controlsOf(form) {
  return [...form.elements].filter(({ name, type }) => name && !UNKEPT.has(type));
}

function isTypedIn(form) {
  return controlsOf(form).length > 0;
}

/** What was refused of a form stands in it, beside it, or at one of its fields. */
function isRefused(form) {
  const around = form.closest("section, details, main") ?? form;
  return around.querySelector('[role="alert"], [aria-invalid="true"]') !== null;
}

function forgetWhatWasTaken(forms) {
  const key = read(SENT);
  if (!key) return;
  sessionStorage.removeItem(SENT);
  const isError = document.querySelector("[data-refused]") !== null;
  const shown = forms.find((form) => keyOf(form) === key);
  if (!isError && !(shown && isRefused(shown))) sessionStorage.removeItem(key);
}

/** `before` is what was typed on the page that sent it, where this one shows it again. */
function watch(form, before) {
  let timer;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => keep(form, before), QUIET_MS);
  });
  addEventListener("pagehide", () => {
    if (timer) keep(form, before);
  });
  form.addEventListener("submit", ({ submitter }) => {
    // A preview in another tab sends nothing for good; a question marks it once it is answered.
    if (submitter?.formTarget || form.target || "asks" in form.dataset) return;
    keep(form, before);
    markSent(form);
  });
}

/** Only what differs from what the page came with: the rest may be newer when it is read again. */
function changesOf(form) {
  return controlsOf(form).flatMap((control) => {
    const { name, value, type } = control;
    if (type === "checkbox" || type === "radio") {
      const { checked, defaultChecked } = control;
      return checked === defaultChecked ? [] : [[name, value, checked]];
    }
    if (control.options) {
      const first = [...control.options].find((one) => one.defaultSelected) ?? control.options[0];
      return first?.value === value ? [] : [[name, value]];
    }
    return value === control.defaultValue ? [] : [[name, value]];
  });
}

function keep(form, before) {
  const nameOf = ([name, value, checked]) => (checked === undefined ? name : `${name}=${value}`);
  const changed = changesOf(form);
  const names = new Set(changed.map(nameOf));
  const changes = [...before.filter((one) => !names.has(nameOf(one))), ...changed];
  const text = JSON.stringify(changes);
  if (changes.length === 0 || text.length > MOST_CHARACTERS) sessionStorage.removeItem(keyOf(form));
  else store(keyOf(form), text);
}

function keptOf(form) {
  return JSON.parse(read(keyOf(form)) ?? "[]");
}

function giveBack(form) {
  let given = 0;
  for (const [name, value, checked] of keptOf(form)) {
    const control = controlsOf(form).find(
      (one) => one.name === name && (checked === undefined || one.value === value),
    );
    if (!control) continue;
    if (checked === undefined) control.value = value;
    else control.checked = checked;
    given++;
    // Rows add themselves, and previews follow.
    control.dispatchEvent(new Event("input", { bubbles: true }));
    control.closest("details")?.setAttribute("open", "");
  }
  if (given > 0) say(form);
}

function say(form) {
  const note = document.createElement("p");
  note.className = "notice info kept";
  note.setAttribute("role", "status");
  const words = document.createElement("span");
  words.textContent = "Your unsaved changes are back.";
  const discard = document.createElement("button");
  Object.assign(discard, { type: "button", className: "quiet", textContent: "Discard" });
  discard.addEventListener("click", () => {
    form.reset();
    sessionStorage.removeItem(keyOf(form));
    location.reload();
  });
  note.append(words, discard);
  form.prepend(note);
}

function forgetAll() {
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
  }
}

function read(key) {
  return sessionStorage.getItem(key);
}

function store(key, text) {
  try {
    sessionStorage.setItem(key, text);
  } catch {
    // The tab's storage is full: this form is not kept.
  }
}

/** A colour's text and the browser's picker beside it say the same. */
function pairColors() {
  for (const picker of document.querySelectorAll("[data-picks]")) {
    const text = picker.previousElementSibling;
    picker.hidden = false;
    picker.addEventListener("input", () => {
      text.value = picker.value;
      text.dispatchEvent(new Event("input", { bubbles: true }));
    });
    text.addEventListener("input", () => {
      if (/^#[0-9a-f]{6}$/i.test(text.value)) picker.value = text.value;
    });
  }
}
