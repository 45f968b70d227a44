/** The board, and the pages that it leads to: a target, a unit, a supervision list. */
import type { PageProps } from "..";
import { Board } from "./Board";
import { ListPage } from "./ListPage";
import { TargetPage } from "./TargetPage";
import { UnitPage } from "./UnitPage";
import "./board.css";

export default function BoardPages({ rest }: PageProps) {
  const [what, which] = rest;
  if (which === undefined) return <Board />;
  if (what === "targets") return <TargetPage key={which} entityId={which} />;
  if (what === "units") return <UnitPage key={which} code={which} />;
  if (what === "lists") return <ListPage key={which} entityId={which} />;
  return <Board />;
}
