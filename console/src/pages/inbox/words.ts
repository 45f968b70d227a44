import { words } from "../../words/language";

export const WORDS = words({
  title: ["待办", "Inbox"],
  signIn: ["登录后显示本单位的待办。", "Sign in to see what waits for your unit."],
  show: ["显示", "Show"],
  owed: ["全部待办", "All that is owed"],
  toReceive: ["待签收", "To receive"],
  toReply: ["待受理", "To reply"],
  dueSoon: ["三日内到期", "Due in three days"],
  overdue: ["已逾期", "Overdue"],
  toConfirm: ["待确认", "To confirm"],
  copied: ["抄送", "Copied to"],
  escalated: ["提级待处理", "Taken to your office"],
  none: ["没有联系单：{part}", "No tickets: {part}"],
  more: ["还有 {count} 件", "{count} more"],
  draft: ["（草稿）", "(draft)"],
  meeting: ["现场办公会", "On-site meeting"],
  gone: ["现已不在此列", "no longer here now"],
  nobody: ["您不代表任何单位，没有联系单在等您办理。", "You act for no unit, and no ticket waits for you."],
  allOverdue: ["全市已逾期的联系单", "All overdue tickets of the city"],
  LEADING_OFFICIAL: ["已提级至领衔领导", "with a leading official"],
  MAYORS_OFFICE_MEETING: ["已提级至市长办公会议", "with the mayor's office meeting"],
});
