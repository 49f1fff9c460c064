/** Hash routes, so that the page works from any static host and under any path. */
import { useSyncExternalStore } from "react";

export const ROUTES = {
  lab: "Lab",
  knowledge: "Knowledge",
  runs: "Runs",
  lesson: "Lessons",
  how: "How it works",
} as const;
export type Route = keyof typeof ROUTES;

/** The route a hash names; anything unknown is the lab. */
export function parseRoute(hash: string): Route {
  const name = hash.replace(/^#\/?/, "").split(/[/?]/)[0] ?? "";
  return Object.hasOwn(ROUTES, name) ? (name as Route) : "lab";
}

export const hrefOf = (route: Route): string => `#/${route}`;
export const QUESTIONS_HREF = "#/knowledge/questions";
export const REPORT_HREF = "#/runs/report";
export const OFFLINE_HREF = "#/how/offline";
export const CLASS_HREF = "#/lesson/class";
export const SCHOOL_HREF = "#/how/school";

/** What of its page a hash names behind the route; "" is the page itself. */
export const parsePart = (hash: string): string =>
  hash.replace(/^#\/?/, "").split("?")[0]!.split("/")[1] ?? "";

/** A value that a hash carries behind its "?", as in #/lesson/gap?step=2; null where it has none. */
export const parseQuery = (hash: string, name: string): string | null =>
  new URLSearchParams(hash.split("?")[1] ?? "").get(name);

/** @param step from 1 */
export const lessonHref = (name: string, step: number): string => `#/lesson/${name}?step=${step}`;

function subscribe(onChange: () => void): () => void {
  window.addEventListener("hashchange", onChange);
  return () => window.removeEventListener("hashchange", onChange);
}

export const useRoute = (): Route => useSyncExternalStore(subscribe, () => parseRoute(window.location.hash));

export const usePart = (): string => useSyncExternalStore(subscribe, () => parsePart(window.location.hash));

export const useQuery = (name: string): string | null =>
  useSyncExternalStore(subscribe, () => parseQuery(window.location.hash, name));

export function go(route: Route): void {
  window.location.hash = hrefOf(route).slice(1);
}
