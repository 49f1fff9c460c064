/** A link to a set-up, copied; a file where the link would be too long. */
import { type ReactNode, useState } from "react";
import type { RunConfig } from "../../../core/config.ts";
import { isOwn } from "../../corpora.ts";
import { downloadSettings, linkTo, type SharedView } from "../../share.ts";

export function ShareLink({ config, view }: { config: RunConfig; view?: SharedView }): ReactNode {
  const [says, setSays] = useState<string | null>(null);
  const [link, setLink] = useState<string | null>(null); // to be copied by hand where the browser does not let us
  const share = async () => {
    const found = await linkTo(config, view);
    if (found === null) {
      await downloadSettings(config);
      return setSays("too long for a link: saved as a file, to be opened on the Runs page");
    }
    const but = isOwn(config.data) ? "; your documents are not in it" : "";
    try {
      await navigator.clipboard.writeText(found);
      setLink(null);
      setSays(`copied${but}`);
    } catch {
      setLink(found);
      setSays(`copy it from here${but}`);
    }
  };
  return (
    <span className="share">
      <button type="button" className="link" onClick={() => void share()}>
        Copy a link to these settings
      </button>
      <small aria-live="polite">{says && ` ${says}`}</small>
      {link && (
        <input aria-label="The link" readOnly value={link} onFocus={(event) => event.target.select()} />
      )}
    </span>
  );
}
