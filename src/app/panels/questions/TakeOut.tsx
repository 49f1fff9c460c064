/** The set as a file for other programs, or on paper. */
import type { ReactNode } from "react";
import type { Sets } from "../../../documents/standing.ts";
import { QUESTION_FORMATS, writeSheet } from "../../../documents/writeQuestions.ts";
import { download } from "../../download.ts";

/** Every fact once: those to learn and those held out. */
const whole = ({ train, held }: Sets) => [...train, ...held];

export function TakeOut({ sets, name }: { sets: Sets; name: string }): ReactNode {
  const questions = whole(sets);
  if (questions.length === 0) return null;
  const print = () => {
    const frame = document.createElement("iframe");
    frame.className = "hidden";
    frame.title = "Sheet to print";
    frame.srcdoc = writeSheet(questions, name);
    frame.onload = () => {
      frame.contentWindow?.addEventListener("afterprint", () => frame.remove());
      frame.contentWindow?.print();
    };
    document.body.append(frame);
  };
  return (
    <details className="take-out">
      <summary>Take the questions elsewhere</summary>
      <ul>
        {QUESTION_FORMATS.map(({ id, title, says, ending, type, write }) => (
          <li key={id}>
            <button
              type="button"
              className="link"
              onClick={() => download(`${name}${ending}`, type, write(questions))}
            >
              {title}
            </button>{" "}
            <small>{says}</small>
          </li>
        ))}
        <li>
          <button type="button" className="link" onClick={print}>
            Print a sheet
          </button>{" "}
          <small>with the key on its own page</small>
        </li>
      </ul>
    </details>
  );
}
