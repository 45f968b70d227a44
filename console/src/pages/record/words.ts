import { words } from "../../words/language";

export const WORDS = words({
  title: ["记录", "Record"],
  position: ["位置", "Position"],
  recorded: ["记录时间", "Recorded"],
  event: ["事件", "Event"],
  actor: ["操作人", "By"],
});
