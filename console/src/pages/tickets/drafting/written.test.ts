import { expect, test } from "vitest";
import { amendInput, draftInput, fieldOf, fieldOfInput, personInput, signOff, type Written } from "./written";

const WRITTEN: Written = {
  origin: "LIAISON_FORM",
  meeting: "",
  issuer: "zhouquan",
  category: "LAND_USE",
  subject: " 用地指标 ",
  body: "请协调。",
  about: [{ __typename: "Project", entityId: "p-1", code: "SL-01", name: "标准厂房" }],
  handler: "land-bureau",
  supports: ["dept-eic"],
  copies: ["dept-ndrc"],
  requestedBy: "",
  signer: "示例",
  signerPost: "",
  contactName: "",
  contactPhone: "",
};
const refused = (code: string, facts: Record<string, unknown> = {}) => ({ code, message: "", facts });

test("a draft says all that the form holds, and what was left empty is null", () => {
  expect(draftInput(WRITTEN, "c-1")).toMatchObject({
    about: [{ kind: "PROJECT", id: "p-1" }],
    copies: ["dept-ndrc"],
    requestedBy: null,
    meeting: null,
    issuer: "zhouquan",
    commandId: "c-1",
  });
  expect(amendInput(WRITTEN, "t-1", 3, "c-2")).toMatchObject({ ticket: "t-1", expectedVersion: 3, requestedBy: null });
  expect(amendInput(WRITTEN, "t-1", 3, "c-2")).not.toHaveProperty("issuer");
  expect([signOff(WRITTEN), signOff({ ...WRITTEN, signer: " " })]).toEqual([{ name: "示例", post: null }, null]);
});

test("a refusal is shown at the field that it is about", () => {
  expect(fieldOf(refused("IssueNeedsAHandler"), WRITTEN)).toBe("handler");
  expect(fieldOf(refused("NotYourUnit", { unit: "zhouquan" }), WRITTEN)).toBe("issuer");
  expect(fieldOf(refused("DoesNotExist", { kind: "unit", id: "dept-ndrc" }), WRITTEN)).toBe("copies");
  expect(fieldOf(refused("AlreadyHandling", { unit: "land-bureau" }), WRITTEN)).toBe("supports");
  expect(fieldOf(refused("DoesNotExist", { kind: "project", id: "p-1" }), WRITTEN)).toBe("about");
  expect(fieldOf(refused("StaleVersion"), WRITTEN)).toBeNull();
});

test("an error of the input is shown at the field that its path names", () => {
  const at = (...input: string[]) => fieldOfInput({ code: "TEXT_TOO_LONG", message: "", input });
  expect([at("subject"), at("requested_by"), at("signedOffBy", "post"), at("reason")]).toEqual([
    "subject",
    "requestedBy",
    "signerPost",
    null,
  ]);
});

test("whom to call is entered for the unit that issues, and nobody is where no name was written", () => {
  const written = { ...WRITTEN, contactName: " 张三 ", contactPhone: "138" };

  expect(personInput(written, "c-3")).toEqual({ name: "张三", phone: "138", unit: "zhouquan", commandId: "c-3" });
  expect(personInput({ ...written, contactName: " " }, "c-3")).toBeNull();
  expect(JSON.stringify(draftInput(written, "c-1"))).not.toContain("张三");
  expect(fieldOfInput({ code: "TEXT_TOO_LONG", message: "", input: ["phone"] })).toBe("contactPhone");
});
