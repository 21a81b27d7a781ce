/** Pure. Portuguese. */
import type { LetterLabels } from "./labels.ts";

export const pt: LetterLabels = {
  view: "Ver online",
  attached: "O documento segue em anexo, em PDF.",
  creditNote: "Emitimos esta nota de crédito a seu favor. Não há nada a pagar.",
  receipt: {
    title: "Recibo da fatura {number}",
    text: "Obrigado. Recebemos o seu pagamento e nada ficou por pagar.",
  },
  reminder: {
    title: "Lembrete: fatura {number}",
    before: "Esta fatura vence em breve.",
    today: "Esta fatura vence hoje.",
    after: "Esta fatura está vencida. Pedimos que a pague logo que possível.",
    ignore: "Se já a pagou, ignore esta mensagem.",
  },
  notice: {
    alert: "{metric}: mais de {percent} do incluído",
    limit: "{metric}: o limite foi atingido",
    used: "Utilizado",
    included: "Incluído",
    endpointDisabled: "Um endpoint de webhook foi desativado",
    gone: "Respondeu 410 Gone.",
    failing: "Durante três dias só respondeu com erros.",
    kept: "O que o espera é guardado e enviado quando o voltar a ativar.",
    unsent: "Um e-mail não chegou",
    to: "Para",
    subject: "Assunto",
    reason: "Motivo",
    overdue: "A fatura {number} está vencida",
  },
};
