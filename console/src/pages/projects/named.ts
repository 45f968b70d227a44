/** What may be done with a project, by the names that the table of permissions gives the commands. */
import { words } from "../../words/language";

export const ACTIONS = words({
  amendProject: ["变更项目信息", "change how it is described"],
  reachMilestone: ["填报节点完成", "say that a milestone was reached"],
  forecastMilestone: ["填报节点预计", "forecast a milestone"],
  assignLeader: ["确定领衔领导", "assign the leading official"],
  releaseLeader: ["免去领衔领导", "release the leading official"],
  assignAgent: ["指派代办人员", "assign an approval agent"],
  releaseAgent: ["解除代办人员", "release an approval agent"],
  setInvestment: ["填报投资额", "state the investment"],
  increaseCapital: ["增资", "record an increase of capital"],
  payIn: ["填报实缴资本", "state the capital paid in"],
  attachParcel: ["关联地块", "tie a parcel"],
  detachParcel: ["解除地块关联", "untie a parcel"],
  enterList: ["纳入专项督查", "enter into a supervision list"],
  leaveList: ["移出专项督查", "remove from a supervision list"],
  joinGroup: ["纳入项目组", "count among a group"],
  leaveGroup: ["退出项目组", "count among a group no more"],
  forecastOutput: ["填报预期产出", "forecast what it yields"],
  measureOutput: ["填报实际产出", "state what it yields"],
  suspendProject: ["暂停项目", "suspend it"],
  resumeProject: ["恢复项目", "let it go on"],
  terminateProject: ["终止项目", "give it up for good"],
  correctProject: ["更正项目事实", "correct a fact"],
});

/** The name of a command; a command that this page has not heard of is called as the API calls it. */
export function nameOf(action: string, t: (name: keyof typeof ACTIONS) => string): string {
  return action in ACTIONS ? t(action as keyof typeof ACTIONS) : action;
}
