import type { PageProps } from "..";
import { DraftingPage } from "./drafting/Drafting";
import { TicketPage } from "./Ticket";
import { Tickets } from "./Tickets";
import "./tickets.css";

export default function TicketPages({ rest }: PageProps) {
  const [entityId, what] = rest;
  if (entityId === "new") return <DraftingPage />;
  if (entityId !== undefined && what === "edit") return <DraftingPage key={entityId} ticket={entityId} />;
  return entityId === undefined ? <Tickets /> : <TicketPage key={entityId} entityId={entityId} />;
}
