/** Dates and times as the city writes them: always in Asia/Shanghai, whatever the browser's zone. */
import { useMemo } from "react";
import { type Language, useLanguage } from "./language";

export const ZONE = "Asia/Shanghai";

// Made once: that takes longer than all else, and a page shows many times.
let ofAnInstant: Intl.DateTimeFormat | undefined;

function format(): Intl.DateTimeFormat {
  ofAnInstant ??= new Intl.DateTimeFormat("en-CA", {
    timeZone: ZONE,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  });
  return ofAnInstant;
}

/** `2015-08-11 14:00` (or with seconds), of an instant. The same in both languages: it sorts, and cannot be misread. */
export function instantText(instant: string, seconds = false): string {
  const parts = format().formatToParts(new Date(instant));
  const of = (type: Intl.DateTimeFormatPartTypes) => parts.find((part) => part.type === type)?.value ?? "";
  return `${of("year")}-${of("month")}-${of("day")} ${of("hour")}:${of("minute")}${seconds ? `:${of("second")}` : ""}`;
}

/** The day of an instant in Asia/Shanghai, `2015-08-11`. */
export function dayOf(instant: string): string {
  return instantText(instant).slice(0, 10);
}

/** The day so many days after a day. */
export function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** Whole days from one day to another; negative where the second comes first. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000);
}

/** Numbers with separators, in the language that is spoken. */
export function useNumbers(): Intl.NumberFormat {
  const { language } = useLanguage();
  return useMemo(() => numbers(language), [language]);
}

function numbers(language: Language): Intl.NumberFormat {
  return new Intl.NumberFormat(language === "zh" ? "zh-CN" : "en");
}
