/** Pure. The words of letters in one language; the type sees to it that none is missing. */
export type LetterLabels = {
  /** Opens the document in a browser. */
  view: string;
  /** Says that the document is attached. */
  attached: string;
  /** Under the head of a credit note. */
  creditNote: string;
  /** `{number}` stands for itself here and below. */
  receipt: { title: string; text: string };
  reminder: { title: string; before: string; today: string; after: string; ignore: string };
  /** To the tenant's own people. `{metric}` and `{percent}` stand for themselves. */
  notice: {
    alert: string;
    limit: string;
    used: string;
    included: string;
    endpointDisabled: string;
    gone: string;
    failing: string;
    kept: string;
    unsent: string;
    to: string;
    subject: string;
    reason: string;
    overdue: string;
  };
};
