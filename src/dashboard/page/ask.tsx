/**
 * Asking before an act that cannot be taken back. Such an act is a form with `asks` (`Form`,
 * `ActionButton`), and its route asks before it runs the operation:
 *
 *     const sent = await readForm(c);
 *     const asked = await ask(c, sent, async () => ({
 *       title: "Void invoice INV-12?",
 *       consequences: ["Voids invoice INV-12 over $1,200.00, sent to ap@acme.example."],
 *       act: "Void invoice",
 *     }));
 *     if (asked) return asked;
 *
 * Without a script that answer is a page; `public/dashboard/dialog.js` shows it in a dialog. The
 * numbers are read when it is asked, so they are those of what was typed and chosen. The answer
 * sends the same fields again, with one more. Other requests than a form's are not asked: the API
 * does what it is told.
 */
import { TOKEN_FIELD } from "../component/form.tsx";
import { NumberSign } from "../component/number-sign.ts";
import { CONFIRMED_FIELD, type Question, QuestionForm } from "../component/question.tsx";
import { type Sent, signOf, textOf } from "../form/form.ts";
import { SIGN_FIELD } from "../form/number.ts";
import { page } from "./page.tsx";
import type { PageContext } from "./request.ts";

/** By this header the script says that it shows the question in a dialog. */
const DIALOG_HEADER = "x-question";

/**
 * The question as an answer, or null where it was answered with yes. `question` is asked only where
 * it is needed; what it throws is the caller's to answer, like a refusal of the act itself.
 */
export async function ask(
  c: PageContext,
  sent: Sent,
  question: () => Question | Promise<Question>,
): Promise<Response | null> {
  if (textOf(sent, CONFIRMED_FIELD) === "yes") return null;
  const asked = await question();
  const inDialog = c.req.header(DIALOG_HEADER) !== undefined;
  // What was typed is read once more with its answer, by the sign that it was typed by.
  const form = (
    <NumberSign.Provider value={signOf(sent)}>
      <QuestionForm
        question={asked}
        action={c.req.path}
        token={c.var.session.formToken}
        fields={[...sent].filter(([name]) => name !== TOKEN_FIELD && name !== SIGN_FIELD)}
        back={pageBefore(c)}
        inDialog={inDialog}
      />
    </NumberSign.Provider>
  );
  if (inDialog) return c.html(form);
  return page(c, { title: asked.title, section: null }, form);
}

/** The page that the form was on, by the browser's word; only ours, else the first. */
function pageBefore(c: PageContext): string {
  const before = URL.parse(c.req.header("referer") ?? "");
  const isOurs = before?.host === new URL(c.req.url).host;
  const isPage = before?.pathname.startsWith("/dashboard") && before.pathname !== c.req.path;
  return before && isOurs && isPage ? before.pathname + before.search : "/dashboard";
}
