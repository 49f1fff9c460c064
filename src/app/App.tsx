/** The frame: name, navigation, status, the page of the current route, and the dialogs. */
import { type ComponentType, lazy, type ReactNode, Suspense, useEffect } from "react";
import { OfflineMark, UpdateNotice } from "./components/Offline.tsx";
import { useKeys } from "./keys.ts";
import { useLab } from "./lab.ts";
import { LabPage } from "./panels/lab/LabPage.tsx";
import { AboutDialog } from "./panels/settings/AboutDialog.tsx";
import { SettingsDialog } from "./panels/settings/SettingsDialog.tsx";
import { ShortcutsDialog } from "./panels/settings/ShortcutsDialog.tsx";
import { useQueue } from "./queue.ts";
import { hrefOf, ROUTES, type Route, usePart, useQuery, useRoute } from "./route.ts";
import { useEditStore } from "./stores/editStore.ts";
import { isActive, labStatus, useRunStore } from "./stores/runStore.ts";
import { type DialogName, nextTheme, type Theme, useViewStore } from "./stores/viewStore.ts";
import { useFollow } from "./useFollow.ts";
import { useWakeLock } from "./useWakeLock.ts";

const KnowledgePage = lazy(async () => ({
  default: (await import("./panels/knowledge/KnowledgePage.tsx")).KnowledgePage,
}));
const RunsPage = lazy(async () => ({
  default: (await import("./panels/runs/RunsPage.tsx")).RunsPage,
}));
const HowPage = lazy(async () => ({ default: (await import("./panels/how/HowPage.tsx")).HowPage }));
const LessonsPage = lazy(async () => ({
  default: (await import("./panels/lessons/LessonsPage.tsx")).LessonsPage,
}));
const PAGES: Record<Route, ComponentType> = {
  lab: LabPage,
  knowledge: KnowledgePage,
  runs: RunsPage,
  lesson: LessonsPage,
  how: HowPage,
};
const ModelsDialog = lazy(async () => ({
  default: (await import("./panels/models/ModelsDialog.tsx")).ModelsDialog,
}));
const EditDialog = lazy(async () => ({
  default: (await import("./panels/knowledge/EditDialog.tsx")).EditDialog,
}));
const GpuDialog = lazy(async () => ({ default: (await import("./panels/gpu/GpuDialog.tsx")).GpuDialog }));
const QuestionsPage = lazy(async () => ({
  default: (await import("./panels/questions/QuestionsPage.tsx")).QuestionsPage,
}));
const ReportPage = lazy(async () => ({
  default: (await import("./panels/experiments/ReportPage.tsx")).ReportPage,
}));
/** Pages behind a page, by what the hash names behind the route. */
const PARTS: Partial<Record<string, ComponentType>> = {
  "knowledge/questions": QuestionsPage,
  "runs/report": ReportPage,
};
const DIALOGS: Record<DialogName, () => ReactNode> = {
  settings: SettingsDialog,
  shortcuts: ShortcutsDialog,
  about: AboutDialog,
  models: () => (
    <Suspense>
      <ModelsDialog />
    </Suspense>
  ),
  gpu: () => (
    <Suspense>
      <GpuDialog />
    </Suspense>
  ),
};

export function App(): ReactNode {
  const lab = useLab();
  const route = useRoute();
  const part = usePart();
  const dialog = useViewStore((s) => s.dialog);
  const asked = useEditStore((s) => s.asked);
  const progress = useRunStore((s) => s.progress);
  const status = useRunStore(labStatus);
  useKeys(lab, route);
  useFollow(lab);
  useQueue(lab);
  useWakeLock(status === "running");
  useEffect(() => {
    const doing =
      progress && isActive(status)
        ? `${status === "paused" ? "Paused, " : ""}${progress.cycle}/${progress.cycles} · `
        : "";
    document.title = `${doing}${route === "lab" ? "" : `${ROUTES[route]} · `}Closed Book`;
  }, [progress, status, route]);

  const present = useViewStore((s) => s.present);
  const hide = useQuery("hide");
  useEffect(() => {
    const { dataset } = document.documentElement;
    if (present) dataset.present = "";
    else delete dataset.present;
    if (hide) dataset.hide = hide.replaceAll(",", " ");
    else delete dataset.hide;
  }, [present, hide]);

  const Page = PARTS[`${route}/${part}`] ?? PAGES[route];
  const OpenDialog = dialog && DIALOGS[dialog];
  return (
    <>
      <header className="top">
        <a className="name" href={hrefOf("lab")}>
          Closed Book
        </a>
        <nav aria-label="Pages">
          {(Object.keys(ROUTES) as Route[]).map((name) => (
            <a key={name} href={hrefOf(name)} aria-current={name === route ? "page" : undefined}>
              {ROUTES[name]}
            </a>
          ))}
        </nav>
        <GpuStatus hasWorker={lab.train !== null} />
        <ThemeButton />
      </header>
      <UpdateNotice />
      <Suspense fallback={<main className="page" aria-busy="true" />}>
        <Page />
      </Suspense>
      {OpenDialog && <OpenDialog />}
      {asked && (
        <Suspense>
          <EditDialog asked={asked} />
        </Suspense>
      )}
    </>
  );
}

function GpuStatus({ hasWorker }: { hasWorker: boolean }): ReactNode {
  const { engine, prepared, failure } = useRunStore();
  const [tone, words] =
    !hasWorker || (engine === null && failure)
      ? ["off", "no GPU: reading and replay only"]
      : engine === null
        ? ["wait", "looking for the GPU"]
        : [
            prepared ? "on" : "wait",
            `${engine.isFallbackAdapter ? "software GPU" : "WebGPU"} · ${engine.gpuAdapter || "not named"}`,
          ];
  return (
    <p className="gpu">
      <span className={`lamp ${tone}`} aria-hidden="true" />
      {words}{" "}
      <span className="promise">
        · nothing leaves this machine
        <OfflineMark />
      </span>
    </p>
  );
}

const THEME_WORDS: Record<Theme, string> = {
  system: "Theme: as the system",
  light: "Theme: light",
  dark: "Theme: dark",
};

function ThemeButton(): ReactNode {
  const theme = useViewStore((s) => s.theme);
  return (
    <button
      type="button"
      className="theme"
      onClick={nextTheme}
      aria-label={THEME_WORDS[theme]}
      title={THEME_WORDS[theme]}
    >
      <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true">
        <circle cx="9" cy="9" r="7" fill="none" stroke="currentColor" strokeWidth="1.5" />
        <path
          d={theme === "system" ? "M9 2a7 7 0 0 1 0 14Z" : theme === "dark" ? "M9 2a7 7 0 1 1-.01 0Z" : ""}
          fill="currentColor"
        />
      </svg>
    </button>
  );
}
