/** Pure. Korean. */
import type { LetterLabels } from "./labels.ts";

export const ko: LetterLabels = {
  view: "온라인으로 보기",
  attached: "문서를 PDF로 첨부했습니다.",
  creditNote: "이 대변표를 발행해 드렸습니다. 지불하실 금액은 없습니다.",
  receipt: {
    title: "청구서 {number} 결제 확인",
    text: "감사합니다. 결제가 확인되었으며 남은 금액이 없습니다.",
  },
  reminder: {
    title: "결제 안내: 청구서 {number}",
    before: "이 청구서의 납부 기한이 다가오고 있습니다.",
    today: "이 청구서의 납부 기한은 오늘입니다.",
    after: "이 청구서의 납부 기한이 지났습니다. 가능한 한 빨리 결제해 주세요.",
    ignore: "이미 결제하셨다면 이 메일을 무시해 주세요.",
  },
  notice: {
    alert: "{metric}: 포함된 사용량의 {percent} 초과",
    limit: "{metric}: 한도에 도달했습니다",
    used: "사용량",
    included: "포함량",
    endpointDisabled: "웹훅 엔드포인트가 비활성화되었습니다",
    gone: "410 Gone으로 응답했습니다.",
    failing: "사흘 동안 오류로만 응답했습니다.",
    kept: "대기 중인 내용은 보관되며, 다시 활성화하면 전송됩니다.",
    unsent: "이메일이 도착하지 않았습니다",
    to: "받는 사람",
    subject: "제목",
    reason: "사유",
    overdue: "청구서 {number}의 납부 기한이 지났습니다",
  },
};
