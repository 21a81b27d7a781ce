import { describe, expect, it } from "vitest";
import { fieldMessage, sentence } from "../../../src/dashboard/form/message.ts";

describe("what was refused, at its field", () => {
  it.each([
    ["Due date", "is a day, such as 2026-01-31", "Due date must be a day, such as 2026-01-31."],
    ["Amount", "is 0 or more", "Amount must be 0 or more."],
    ["Amount", "is required", "Amount is required."],
    ["Name", "has at most 200 characters", "Name must have at most 200 characters."],
    ["Percent", "has either percent or amount", "Percent must have either percent or amount."],
    ["Deposits", "is a deposit of another customer", "Deposits is a deposit of another customer."],
    ["Code", "is upper case, such as TEAM", "Code must be upper case, such as TEAM."],
    ["Role", "is one of owner, admin", "Role must be one of owner, admin."],
    ["Invoice", "names no invoice of yours", "Invoice names no invoice of yours."],
    ["unit price", "is not a field of this request", "Unit price is not a field of this request."],
    ["Lines", "add at least one line", "Add at least one line."],
    ["Amount", "Write the number alone.", "Write the number alone."],
  ])("%s: %s", (label, detail, message) => {
    expect(fieldMessage(label, detail)).toBe(message);
  });

  it("is a sentence where it stands alone", () => {
    expect(sentence("the invoice is void")).toBe("The invoice is void.");
    expect(sentence("Already one.")).toBe("Already one.");
  });
});
