/** The key that the reader trusts 所信密钥: pasted or pinned, and kept by this browser until the reader takes it away. */
import { useCallback, useState } from "react";

const KEPT = "txapi.recordKey";

export interface Trusted {
  /** The pinned key; null where the reader has pinned none. */
  readonly pinned: string | null;
  readonly pin: (vkey: string) => void;
  readonly unpin: () => void;
}

export function useTrusted(): Trusted {
  const [pinned, setPinned] = useState(() => localStorage.getItem(KEPT));
  const pin = useCallback((vkey: string) => {
    localStorage.setItem(KEPT, vkey);
    setPinned(vkey);
  }, []);
  const unpin = useCallback(() => {
    localStorage.removeItem(KEPT);
    setPinned(null);
  }, []);
  return { pinned, pin, unpin };
}
