/** A lesson on paper: hidden on the screen, the only thing when the page is printed, with the key on its own page. */
import type { ReactNode } from "react";
import type { Step } from "./lesson.ts";

export function Worksheet({ title, steps }: { title: string; steps: readonly Step[] }): ReactNode {
  return (
    <section className="worksheet" aria-hidden="true">
      <h1>{title}</h1>
      <p className="name-line">
        <span>Name</span>
        <span>Date</span>
      </p>
      <ol>
        {steps.map(({ says, asks, options }) => (
          <li key={says}>
            <p>{says}</p>
            <p>
              <b>{asks}</b>
            </p>
            <ul>
              {options.map((words) => (
                <li key={words}>☐ {words}</li>
              ))}
            </ul>
            <p>Because:</p>
            <p className="blank" />
            <p>What happened:</p>
            <p className="blank" />
          </li>
        ))}
      </ol>
      <div className="key-page">
        <h1>{title}: key</h1>
        <ol>
          {steps.map(({ says, options, truth, reveals }) => (
            <li key={says}>
              <b>{options[truth]}.</b> {reveals}
            </li>
          ))}
        </ol>
      </div>
    </section>
  );
}
