/** A chart as a table: every number of it, for eyes, screen readers and copying. */
import type { ReactNode } from "react";
import { Scroll } from "../components/Scroll.tsx";

export interface Twin {
  summary: string;
  label: string; // of the table, for screen readers
  head: readonly string[];
  rows: readonly { key: string; cells: readonly ReactNode[] }[]; // the first cell heads its row
  note?: ReactNode;
}

export function TableTwin({ summary, label, head, rows, note }: Twin): ReactNode {
  return (
    <details className="twin">
      <summary>{summary}</summary>
      <Scroll label={label}>
        <table>
          <thead>
            <tr>
              {head.map((heading) => (
                <th key={heading} scope="col">
                  {heading}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ key, cells: [first, ...others] }) => (
              <tr key={key}>
                <th scope="row">{first}</th>
                {others.map((cell, i) => (
                  <td key={head[i + 1]}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {note}
    </details>
  );
}
