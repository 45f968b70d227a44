import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ClientProvider } from "./client/client";
import { LiveProvider } from "./client/live";
import { PlaceProvider } from "./client/place";
import { SessionProvider } from "./client/session";
import { Shell } from "./shell/Shell";
import { LanguageProvider } from "./words/language";

const root = document.getElementById("root");
if (root === null) throw new Error("the page has no root");

createRoot(root).render(
  <StrictMode>
    <LanguageProvider>
      <PlaceProvider>
        <SessionProvider>
          <ClientProvider>
            <LiveProvider>
              <Shell />
            </LiveProvider>
          </ClientProvider>
        </SessionProvider>
      </PlaceProvider>
    </LanguageProvider>
  </StrictMode>,
);
