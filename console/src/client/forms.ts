/** Paper forms 公文: PDFs that the server sets, fetched with the reader's token and saved under the name that it gives them. */
import { useCallback, useState } from "react";
import { useLanguage } from "../words/language";
import type { Failure } from "./failure";
import { saveFile } from "./files";
import { usePlace } from "./place";
import { useSession } from "./session";

/** Where a form is: `ticket/2015-0003`, `report/wutong/2015-07`, as of a moment; null is now. */
export function formAddress(form: string, at: string | null, language: string): string {
  const query = new URLSearchParams({ ...(at === null ? {} : { at }), lang: language });
  const path = form.split("/").map(encodeURIComponent).join("/");
  return `/forms/${path}.pdf?${query}`;
}

interface Printing {
  readonly print: (form: string) => Promise<void>;
  readonly printing: boolean;
  readonly failures: readonly Failure[];
}

/** Print a form as of the moment that the slider shows. A link would not carry the token, so the file is fetched and then saved. */
export function usePrinting(): Printing {
  const { token } = useSession();
  const { language } = useLanguage();
  const { at } = usePlace();
  const [printing, setPrinting] = useState(false);
  const [failures, setFailures] = useState<readonly Failure[]>([]);
  const print = useCallback(
    async (form: string) => {
      setPrinting(true);
      try {
        setFailures(await saveFile({ token, language }, formAddress(form, at, language)));
      } finally {
        setPrinting(false);
      }
    },
    [token, language, at],
  );
  return { print, printing, failures };
}
