import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App.tsx";
import { LabContext } from "./lab.ts";
import { openLab } from "./openLab.ts";
import "./styles/all.css";

const lab = openLab();

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <LabContext value={lab}>
      <App />
    </LabContext>
  </StrictMode>,
);
