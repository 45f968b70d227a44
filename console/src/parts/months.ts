/** The twelve months up to a day, `2015-08` first. */
export function monthsUpTo(day: string): readonly string[] {
  const [year, month] = day.split("-").map(Number) as [number, number];
  return Array.from({ length: 12 }, (_, back) => {
    const all = year * 12 + (month - 1) - back;
    return `${Math.floor(all / 12)}-${String((all % 12) + 1).padStart(2, "0")}`;
  });
}
