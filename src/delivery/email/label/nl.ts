/** Pure. Dutch. */
import type { LetterLabels } from "./labels.ts";

export const nl: LetterLabels = {
  view: "Online bekijken",
  attached: "Het document is als pdf bijgevoegd.",
  creditNote: "We hebben deze creditnota voor u opgesteld. U hoeft niets te betalen.",
  receipt: {
    title: "Betalingsbewijs voor factuur {number}",
    text: "Bedankt. We hebben uw betaling ontvangen; er staat niets meer open.",
  },
  reminder: {
    title: "Herinnering: factuur {number}",
    before: "Deze factuur moet binnenkort betaald zijn.",
    today: "Deze factuur moet vandaag betaald zijn.",
    after: "De betaaltermijn van deze factuur is verstreken. Wilt u zo snel mogelijk betalen?",
    ignore: "Hebt u al betaald, dan kunt u dit bericht negeren.",
  },
  notice: {
    alert: "{metric}: meer dan {percent} van wat is inbegrepen",
    limit: "{metric}: de limiet is bereikt",
    used: "Verbruikt",
    included: "Inbegrepen",
    endpointDisabled: "Een webhook-endpoint is uitgeschakeld",
    gone: "Het antwoordde 410 Gone.",
    failing: "Drie dagen lang antwoordde het alleen met fouten.",
    kept: "Wat erop wacht, blijft bewaard en wordt verzonden zodra u het weer inschakelt.",
    unsent: "Een e-mail is niet aangekomen",
    to: "Aan",
    subject: "Onderwerp",
    reason: "Reden",
    overdue: "Factuur {number} is te laat",
  },
};
