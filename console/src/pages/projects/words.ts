import { words } from "../../words/language";

export const WORDS = words({
  title: ["重大项目", "Projects"],
  name: ["项目", "Project"],
  unit: ["属地", "Unit"],
  stage: ["阶段", "Stage"],
});
