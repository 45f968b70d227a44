import type { PageProps } from "..";
import { EventPage } from "./Event";
import { Events } from "./Events";
import "./record.css";

export default function RecordPages({ rest }: PageProps) {
  const [position] = rest;
  return position === undefined ? <Events /> : <EventPage key={position} position={position} />;
}
