/**
 * Questions in a dialog. A form with `data-asks` is answered with a question, which is a page where
 * there is no script; here it is fetched and shown over the page that one is on.
 */

import { markSent } from "./forms.js";

/** Lets each form with `data-asks` under `root` ask in a dialog. */
export function askInDialogs(root = document) {
  for (const form of root.querySelectorAll("form[data-asks]")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void askFor(form, event.submitter);
    });
  }
}

async function askFor(form, button) {
  if (form.ariaBusy === "true") return;
  form.ariaBusy = "true";
  try {
    const body = new URLSearchParams(new FormData(form, button));
    const headers = { "X-Question": "dialog" };
    const action = button?.hasAttribute("formaction") ? button.formAction : form.action;
    const answer = await fetch(action, { method: "POST", body, headers });
    // It was no question, and was done.
    if (answer.redirected) {
      markSent(form);
      return location.assign(answer.url);
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const question = page.querySelector("[data-question]");
    if (answer.ok && question) return show(question, form);
  } catch {
    // The browser says itself that nobody answers.
  } finally {
    form.ariaBusy = null;
  }
  // What was refused is shown by the page that answers the form.
  sendPlainly(form, button);
}

function sendPlainly(form, button) {
  if (button?.name) {
    const chosen = Object.assign(document.createElement("input"), {
      type: "hidden",
      name: button.name,
      value: button.value,
    });
    form.append(chosen);
  }
  markSent(form);
  form.submit();
}

function show(question, form) {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-labelledby", "question-title");
  dialog.append(document.adoptNode(question));
  const cancel = question.querySelector("[data-cancel]");
  cancel.addEventListener("click", (event) => {
    event.preventDefault();
    dialog.close();
  });
  // A press beside the dialog is one on its backdrop.
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener("close", () => dialog.remove());
  question.querySelector("form").addEventListener("submit", (event) => {
    // Sent once, however often it is pressed.
    if (dialog.dataset.sent) event.preventDefault();
    dialog.dataset.sent = "yes";
    markSent(form);
  });
  document.body.append(dialog);
  dialog.showModal();
  cancel.focus();
}
