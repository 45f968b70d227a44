import type { PageProps } from "..";
import { TicketPage } from "./Ticket";
import { Tickets } from "./Tickets";
import "./tickets.css";

export default function TicketPages({ rest }: PageProps) {
  const [entityId] = rest;
  return entityId === undefined ? <Tickets /> : <TicketPage key={entityId} entityId={entityId} />;
}
