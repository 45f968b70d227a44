/** A light 灯 with its reason: a colour, a shape and a word, for not everybody sees colours. */
import { type InBoth, useLabel, useWords } from "../words/language";
import { Differs } from "./Differs";
import { WORDS } from "./words";

/** A light as it is shown. Until when it holds is told nowhere, so that alone makes no difference. */
const shownOf = ({ colour, because }: Shown): Shown => ({ colour, because });

/** A light of then, beside the one of now where that is another, or for another reason. */
export function LightBeside({ then, now }: { then: Shown; now: Shown | undefined }) {
  return <Differs then={shownOf(then)} now={now && shownOf(now)} draw={(light) => <Light light={light} />} />;
}

export type Colour = "GREEN" | "YELLOW" | "RED" | "GREY";

interface Shown {
  readonly colour: Colour;
  readonly because: InBoth;
}

export function Light({ light }: { light: Shown }) {
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
