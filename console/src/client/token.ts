/** Under which name this tab keeps the token of whoever is signed in. */
export const KEPT_TOKEN = "txapi.token";
