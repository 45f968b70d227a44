/** Where the reader is: the page, and the moment. Both stand in the address, so that a link leads back to them. */
import {
  type AnchorHTMLAttributes,
  createContext,
  type MouseEvent,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useState,
} from "react";
import { dayOf } from "../words/dates";
import { addressOf, type Place, placeOf } from "./address";
import { hearClock } from "./client";
import { drawnOf } from "./moment";

interface Navigation extends Place {
  /** Go to a page, `/tickets/…?filter=…`, in the same moment. */
  readonly go: (to: string, how?: { replace?: boolean }) => void;
  /** Show every page as of a position or the end of a day; null is now. Dragging replaces, so that `back` leads to the page before. */
  readonly goTo: (at: string | null, how?: { replace?: boolean }) => void;
  readonly compare: (comparing: boolean) => void;
  /** Change what this page keeps in the address; null removes. */
  readonly keep: (values: Readonly<Record<string, string | null>>) => void;
}

const PlaceContext = createContext<Navigation | null>(null);

export function PlaceProvider({ children }: { children: ReactNode }) {
  const [named, setPlace] = useState(() => placeOf(new URL(location.href)));
  const [today, setToday] = useState<string | null>(null);
  useEffect(() => hearClock((clock) => setToday(dayOf(clock))), []);
  const place = useMemo<Place>(() => ({ ...named, at: drawnOf(named.at, today) }), [named, today]);

  useEffect(() => {
    const moved = () => setPlace(placeOf(new URL(location.href)));
    addEventListener("popstate", moved);
    return () => removeEventListener("popstate", moved);
  }, []);

  const visit = useCallback((address: string, replace: boolean) => {
    if (replace) history.replaceState(null, "", address);
    else history.pushState(null, "", address);
    setPlace(placeOf(new URL(location.href)));
  }, []);

  const navigation = useMemo<Navigation>(() => {
    const here = (query = place.query) => {
      const text = query.toString();
      return text ? `${place.path}?${text}` : place.path;
    };
    return {
      ...place,
      go: (to, how) => visit(addressOf(to, place), how?.replace ?? false),
      goTo: (at, how) => visit(addressOf(here(), { at, comparing: place.comparing }), how?.replace ?? true),
      compare: (comparing) => visit(addressOf(here(), { at: place.at, comparing }), true),
      keep: (values) => {
        const query = new URLSearchParams(place.query);
        for (const [name, value] of Object.entries(values)) {
          if (value === null || value === "") query.delete(name);
          else query.set(name, value);
        }
        visit(addressOf(here(query), place), true);
      },
    };
  }, [place, visit]);

  return <PlaceContext value={navigation}>{children}</PlaceContext>;
}

export function usePlace(): Navigation {
  const place = useContext(PlaceContext);
  if (place === null) throw new Error("there is no PlaceProvider above");
  return place;
}

/** A link to a page, in the moment that is shown. */
export function Link({
  to,
  children,
  ...more
}: { to: string } & Omit<AnchorHTMLAttributes<HTMLAnchorElement>, "href">) {
  const place = usePlace();
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    more.onClick?.(event);
    const elsewhere = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button !== 0;
    if (event.defaultPrevented || elsewhere) return;
    event.preventDefault();
    place.go(to);
    scrollTo(0, 0);
  };
  return (
    <a {...more} href={addressOf(to, place)} onClick={follow}>
      {children}
    </a>
  );
}
