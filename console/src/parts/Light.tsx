/** A light 灯 with its reason: a colour, a shape and a word, for not everybody sees colours. */
import { type InBoth, useLabel, useWords } from "../words/language";
import { WORDS } from "./words";

export type Colour = "GREEN" | "YELLOW" | "RED" | "GREY";

export function Light({ light }: { light: { colour: Colour; because: InBoth } }) {
  const t = useWords(WORDS);
  const say = useLabel();
  const because = say(light.because);
  return (
    <span className={`light ${light.colour.toLowerCase()}`}>
      <i aria-hidden="true" />
      <span className="colour">{t(light.colour)}</span>
      {because ? <span className="because">{because}</span> : null}
    </span>
  );
}
