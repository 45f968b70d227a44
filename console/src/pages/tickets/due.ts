/** How near a last day is, as people say it. */
import { daysBetween } from "../../words/dates";

export interface Due {
  readonly says: "dueIn" | "dueToday" | "overdueBy" | "overdueOn" | "noDay";
  readonly days: number;
}

/** How a day that is the last in time stands to today. Whether it is overdue is the server's to say. */
export function dueOf(lastDay: string | null, today: string, overdue: boolean): Due {
  if (lastDay === null) return { says: "noDay", days: 0 };
  const days = daysBetween(today, lastDay);
  if (overdue) return days < 0 ? { says: "overdueBy", days: -days } : { says: "overdueOn", days: 0 };
  return days === 0 ? { says: "dueToday", days } : { says: "dueIn", days };
}
