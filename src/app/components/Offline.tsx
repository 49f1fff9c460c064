/** What the page says of working without a network: a word in the header, a list, and the notice of a newer version. */
import { type ReactNode, useSyncExternalStore } from "react";
import { PARTS, type Part } from "../../core/offline.ts";
import { isIdle, onIdleChange } from "../idle.ts";
import { takeUpdate } from "../offline.ts";
import { OFFLINE_HREF } from "../route.ts";
import { readyOffline, useOfflineStore } from "../stores/offlineStore.ts";

/** A newer version waits; said only when taking it breaks nothing off. */
export function UpdateNotice(): ReactNode {
  const { update, otherTabs } = useOfflineStore();
  const idle = useSyncExternalStore(onIdleChange, isIdle);
  if (update !== "waiting" || !idle) return null;
  return (
    <p className="update" role="status">
      A newer version of this page is here.{" "}
      {otherTabs > 0
        ? `Close the ${otherTabs === 1 ? "other tab" : `${otherTabs} other tabs`} of it first, or it would change under them. `
        : "Nothing you stored is touched. "}
      <button type="button" className="link" onClick={() => void takeUpdate()}>
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

/** Part by part what is kept in this browser. */
export function OfflineParts(): ReactNode {
  const { parts, fault } = useOfflineStore();
  if (parts === null)
    return (
      <p>
        {window.isSecureContext
          ? "This browser has kept nothing of the page yet, or does not keep pages at all (private windows do not)."
          : "Nothing is kept: browsers keep pages only from https or localhost, and this one came from neither."}
      </p>
    );
  const missing = (Object.keys(PARTS) as Part[]).filter((part) => !parts[part]);
  return (
    <>
      <p>
        <b>{missing.length === 0 ? "Ready offline." : "Not yet ready offline."}</b>{" "}
        {missing.length === 0
          ? "Cut the network, reload, run, import, export: all of it is in this browser."
          : "What is missing comes by itself while this page is open and there is a network."}
      </p>
      <ul className="parts">
        {(Object.keys(PARTS) as Part[]).map((part) => (
          <li key={part}>
            {PARTS[part]}: <b>{parts[part] ? "here" : "missing"}</b>
          </li>
        ))}
      </ul>
      {fault && <p className="fault">The last attempt to fetch it failed: {fault}</p>}
    </>
  );
}
