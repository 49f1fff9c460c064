import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App.tsx";
import { LabContext } from "./lab.ts";
import { openLab } from "./openLab.ts";
import "./styles/all.css";

// First, so that a newer version can replace one that does not start.
if (import.meta.env.PROD) void import("./offline.ts").then(({ openOffline }) => openOffline());
const lab = openLab();

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <LabContext value={lab}>
      <App />
    </LabContext>
  </StrictMode>,
);
