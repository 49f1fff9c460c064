/** What of a comparison can be taken along. */
import type { ReactNode } from "react";
import { download, fileName } from "../../download.ts";
import { REPORT_HREF } from "../../route.ts";
import { type Comparison, markdownReport, tidyCsv } from "./takeAway.ts";

export function Take({ comparison }: { comparison: Comparison }): ReactNode {
  const { title, arms } = comparison;
  return (
    <p className="take-comparison">
      Take it along:{" "}
      <button
        type="button"
        className="link"
        onClick={() => download(fileName(title, "csv"), "text/csv", tidyCsv(arms))}
      >
        every number as CSV
      </button>
      {" · "}
      <button
        type="button"
        className="link"
        onClick={() => download(fileName(title, "md"), "text/markdown", markdownReport(comparison))}
      >
        the report as Markdown
      </button>
      {" · "}
      <a href={REPORT_HREF}>a page to print</a>
    </p>
  );
}
