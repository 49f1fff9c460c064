import type { ReactNode } from "react";
import { PARTS, type Part } from "../../../core/offline.ts";
import { useOfflineStore } from "../../stores/offlineStore.ts";

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
