import { type ReactNode, useState } from "react";

const LONG = 280; // characters that still read as a heading

/** A question as a heading; one that is a page long is cut, and opens. */
export function LongText({ text }: { text: string }): ReactNode {
  const [whole, setWhole] = useState(false);
  if (text.length <= LONG) return <h3>{text}</h3>;
  return (
    <>
      <h3 className="long">{whole ? text : `${text.slice(0, LONG).trimEnd()}…`}</h3>
      <button type="button" className="link" aria-expanded={whole} onClick={() => setWhole(!whole)}>
        {whole ? "Show less" : `Show all ${text.length.toLocaleString("en")} characters`}
      </button>
    </>
  );
}
