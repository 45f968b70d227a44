/** SHA-256 and Ed25519: the browser's own where it has both, otherwise those of an audited library, which is then loaded. */
import { type Bytes, fromBase64, utf8 } from "./bytes";

export interface Primitives {
  /** Whose they are. */
  readonly by: "browser" | "library";
  sha256(bytes: Bytes): Promise<Bytes>;
  /** Whether an Ed25519 signature (RFC 8032) fits a message. A key that is no point fits nothing. */
  fits(publicKey: Bytes, message: Bytes, signature: Bytes): Promise<boolean>;
}

const ED25519 = { name: "Ed25519" } as const;

/** The primitives of WebCrypto; they refuse whatever they do not know, as an older browser's Ed25519. */
export function browsers(subtle: SubtleCrypto): Primitives {
  return {
    by: "browser",
    sha256: async (bytes) => new Uint8Array(await subtle.digest("SHA-256", bytes)),
    fits: async (publicKey, message, signature) => {
      let key: CryptoKey;
      try {
        key = await subtle.importKey("raw", publicKey, ED25519, false, ["verify"]);
      } catch (error) {
        if (error instanceof DOMException && error.name === "DataError") return false;
        throw error;
      }
      return subtle.verify(ED25519, key, signature, message);
    },
  };
}

/** The primitives of @noble/curves and @noble/hashes, by the strict rules of RFC 8032 and FIPS 186-5. */
export async function libraries(): Promise<Primitives> {
  const [{ ed25519 }, { sha256 }] = await Promise.all([
    import("@noble/curves/ed25519.js"),
    import("@noble/hashes/sha2.js"),
  ]);
  return {
    by: "library",
    sha256: async (bytes) => Uint8Array.from(sha256(bytes)),
    fits: async (publicKey, message, signature) => {
      try {
        return ed25519.verify(signature, message, publicKey, { zip215: false });
      } catch {
        return false;
      }
    },
  };
}

// The example of C2SP's signed-note, by which a browser shows that it can say both yes and no.
const KEY = "6TJ5GubnqECkYWTJBHhkJtXngh3YspoA1hyucq/dTaQ=";
const SIGNATURE = "SfyytXXIkaHZVhGUvVOdqC/VgSrpN9emnOLY42dwCVOArtm2DURFg1lexiM4EfeYVeZEq7AeMbVi7vYid7JpAw==";
const MESSAGE = "This is an example message.\n";

/** Whether the primitives work here. */
export async function work(primitives: Primitives): Promise<boolean> {
  const [key, signature] = [fromBase64(KEY), fromBase64(SIGNATURE)];
  if (key === null || signature === null) return false;
  try {
    const yes = await primitives.fits(key, utf8(MESSAGE), signature);
    const no = await primitives.fits(key, utf8(`${MESSAGE} `), signature);
    return yes && !no && (await primitives.sha256(utf8(""))).length === 32;
  } catch {
    return false;
  }
}

/** The browser's own, where it has them: not in old browsers, and in none on an address that is neither https nor its own machine. */
export async function primitivesHere(
  subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle,
): Promise<Primitives> {
  if (subtle !== undefined) {
    const found = browsers(subtle);
    if (await work(found)) return found;
  }
  return libraries();
}
