/** What the page says of working without a network: a word in the header, and the notice of a newer version. */
import { type ReactNode, useSyncExternalStore } from "react";
import { isIdle, onIdleChange } from "../idle.ts";
import { OFFLINE_HREF } from "../route.ts";
import { readyOffline, useOfflineStore } from "../stores/offlineStore.ts";

/** A newer version waits; said only when taking it breaks nothing off. */
export function UpdateNotice(): ReactNode {
  const { update, otherTabs, take } = useOfflineStore();
  const idle = useSyncExternalStore(onIdleChange, isIdle);
  if (update !== "waiting" || !idle) return null;
  return (
    <p className="update" role="status">
      A newer version of this page is here.{" "}
      {otherTabs > 0
        ? `Close the ${otherTabs === 1 ? "other tab" : `${otherTabs} other tabs`} of it first, or it would change under them. `
        : "Nothing you stored is touched. "}
      <button type="button" className="link" onClick={() => void take()}>
        Use it now
      </button>{" "}
      <button type="button" className="link" onClick={() => useOfflineStore.setState({ update: "later" })}>
        Later
      </button>
    </p>
  );
}

/** "ready offline", once it is so; a link to what is here and what is missing. */
export function OfflineMark(): ReactNode {
  const ready = useOfflineStore(readyOffline);
  return ready === null ? null : (
    <>
      {" · "}
      <a href={OFFLINE_HREF}>{ready ? "ready offline" : "not yet ready offline"}</a>
    </>
  );
}
