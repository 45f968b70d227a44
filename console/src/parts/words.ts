import { words } from "../words/language";

export const WORDS = words({
  failed: ["出错了", "Something went wrong"],
  unreachable: ["连不上服务器", "The server cannot be reached"],
  errorId: ["错误编号 {id}", "error id {id}"],
  again: ["重试", "Try again"],
  loading: ["正在读取…", "Loading…"],
  refused: ["未获受理", "Refused"],
  nowIs: ["现为 {value}", "now {value}"],
  nowNothing: ["现为空", "now nothing"],
  newestOf: ["最近 {count} 条，共 {total} 条", "the newest {count} of {total}"],
  reason: ["理由：{reason}", "Because: {reason}"],
  changes: ["变更 {count} 项", "{count} fields changed"],
  colon: ["：", ": "],
  comesTo: ["（按刊载数计算为 {text}）", "(the printed counts come to {text})"],
  GREEN: ["绿灯", "green"],
  YELLOW: ["黄灯", "yellow"],
  RED: ["红灯", "red"],
  GREY: ["灰灯", "grey"],
});
