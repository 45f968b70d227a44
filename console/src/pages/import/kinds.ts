/** What a sheet may hold, and the commands that recording it gives. */
import { mayGive, type SignedIn } from "../../client/session";

export const KINDS = ["figures", "milestones", "tickets"] as const;
export type Kind = (typeof KINDS)[number];

const GIVES: Readonly<Record<Kind, readonly string[]>> = {
  figures: ["reportActual"],
  milestones: ["reachMilestone", "forecastMilestone"],
  tickets: ["draftTicket"],
};

/** The sheets that somebody may import: those of whose commands the role may give one. */
export function kindsFor(viewer: SignedIn | null): readonly Kind[] {
  return KINDS.filter((kind) => mayGive(viewer, ...GIVES[kind]));
}
