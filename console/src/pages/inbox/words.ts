import { words } from "../../words/language";

export const WORDS = words({
  title: ["待办", "Inbox"],
  signIn: ["登录后显示本单位的待办。", "Sign in to see what waits for your unit."],
  toReceive: ["待签收", "To receive"],
  toReply: ["待受理", "To reply"],
  dueSoon: ["三日内到期", "Due in three days"],
  overdue: ["已逾期", "Overdue"],
  toConfirm: ["待确认", "To confirm"],
  copied: ["抄送", "Copied to"],
});
