/** What is here to work without a network, and whether a newer version of the page waits. */
import { create } from "zustand";
import type { Part } from "../../core/offline.ts";

export interface OfflineState {
  parts: Record<Part, boolean> | null; // null until it was looked for, or where the browser keeps nothing
  fault: string | null; // why something is not here
  update: "none" | "waiting" | "later"; // later: seen, and put off until the next visit
  take(): Promise<void>; // the newer version: it takes over and the page reloads, unless that would break something off
  otherTabs: number; // that were open when the newer version was asked for, and would be changed under their feet
}

export const useOfflineStore = create<OfflineState>(() => ({
  parts: null,
  fault: null,
  update: "none",
  take: async () => {},
  otherTabs: 0,
}));

/** Whether the whole lab works without a network; null where that is not known. */
export const readyOffline = ({ parts }: OfflineState): boolean | null =>
  parts && Object.values(parts).every((here) => here);
