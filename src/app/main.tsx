import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App.tsx";
import { LabContext } from "./lab.ts";
import { openOffline } from "./offline.ts";
import { openLab } from "./openLab.ts";
import "./styles/all.css";

if (import.meta.env.PROD) openOffline(); // first, so that a newer version can replace one that does not start
const lab = openLab();

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <LabContext value={lab}>
      <App />
    </LabContext>
  </StrictMode>,
);
