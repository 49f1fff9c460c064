/** A passage with where it stands: its document, the heading above it, the page. */
import type { ReactNode } from "react";
import type { RetrievedPassage } from "../../core/run.ts";

type Shown = Pick<RetrievedPassage, "text" | "title" | "heading" | "page">;

/** @param evidence the sentence to mark, where the passage has it */
export function PassageText({
  passage: { text, title, heading = null, page = null },
  evidence = null,
}: {
  passage: Shown;
  evidence?: string | null;
}): ReactNode {
  const body = heading !== null && text.startsWith(`${heading}\n`) ? text.slice(heading.length + 1) : text;
  const place = [title, heading === title ? null : heading, page === null ? null : `page ${page}`];
  const said = place.filter((part) => part !== null && part !== "").join(" · ");
  return (
    <div>
      {said !== "" && <small className="place">{said}</small>}
      <p>
        <Highlighted text={body} part={evidence} />
      </p>
    </div>
  );
}

/** `text` with the first occurrence of `part` marked. */
function Highlighted({ text, part }: { text: string; part: string | null }): ReactNode {
  const at = part ? text.indexOf(part) : -1;
  if (part === null || at < 0) return text;
  return (
    <>
      {text.slice(0, at)}
      <mark>{part}</mark>
      {text.slice(at + part.length)}
    </>
  );
}
