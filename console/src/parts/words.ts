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
  GREEN: ["绿灯", "green"],
  YELLOW: ["黄灯", "yellow"],
  RED: ["红灯", "red"],
  GREY: ["灰灯", "grey"],
});
