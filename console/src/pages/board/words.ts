import { words } from "../../words/language";

export const WORDS = words({
  title: ["看板", "Board"],
  projects: ["项目所处阶段", "Projects by stage"],
  tickets: ["工作联系单亮灯", "Tickets by light"],
  overdue: ["已逾期的工作联系单", "Overdue tickets"],
});
