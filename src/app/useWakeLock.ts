import { useEffect } from "react";

/** Keeps the screen awake while `wanted`: a sleeping laptop loses its GPU. Refusals are fine, the run only sleeps too. */
export function useWakeLock(wanted: boolean): void {
  useEffect(() => {
    if (!wanted || !("wakeLock" in navigator)) return;
    let lock: WakeLockSentinel | null = null;
    let over = false;
    const take = async () => {
      if (document.visibilityState !== "visible") return; // asked for again when the tab is seen
      const got = await navigator.wakeLock.request("screen").catch(() => null);
      if (over) void got?.release();
      else lock = got;
    };
    void take();
    document.addEventListener("visibilitychange", take);
    return () => {
      over = true;
      document.removeEventListener("visibilitychange", take);
      void lock?.release();
    };
  }, [wanted]);
}
