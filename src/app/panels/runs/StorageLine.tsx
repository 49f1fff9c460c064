/** How much the browser keeps for this page, and whether it may throw it away. */
import { type ReactNode, useEffect, useState } from "react";
import { requestPersistence, type StorageSpace, storageSpace } from "../../../storage/quota.ts";
import { bytes } from "../../format.ts";

/** @param changed anything that differs when what is stored may have changed */
export function StorageLine({ changed }: { changed: unknown }): ReactNode {
  const [space, setSpace] = useState<StorageSpace | null>(null);
  const [refused, setRefused] = useState(false);
  useEffect(() => {
    void changed;
    storageSpace().then(setSpace, () => setSpace(null));
  }, [changed]);
  if (space === null) return null;
  const { used, quota, persisted } = space;
  if (used === null && persisted === null) return null;
  const keep = async () => {
    const persisted = await requestPersistence();
    setRefused(!persisted);
    setSpace({ ...space, persisted });
  };
  return (
    <p className="storage">
      {used !== null && (
        <>
          Runs, documents and models take {bytes(used)}
          {quota !== null && ` of the ${bytes(quota)} this browser allows`}.{" "}
        </>
      )}
      {persisted === true && "The browser keeps them even when the disk is full."}
      {persisted === false &&
        (refused ? (
          "The browser did not agree to keep them when the disk is full; a bookmark or installing the page may change its mind. Save what matters as a file."
        ) : (
          <>
            When the disk is full, the browser may delete them.{" "}
            <button type="button" className="link" onClick={() => void keep()}>
              Ask it to keep them
            </button>
          </>
        ))}
    </p>
  );
}
