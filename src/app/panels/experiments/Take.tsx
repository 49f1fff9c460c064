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
      <TakeFile name={fileName(title, "csv")} type="text/csv" content={() => tidyCsv(arms)}>
        every number as CSV
      </TakeFile>
      {" · "}
      <TakeFile name={fileName(title, "md")} type="text/markdown" content={() => markdownReport(comparison)}>
        the report as Markdown
      </TakeFile>
      {" · "}
      <a href={REPORT_HREF}>a page to print</a>
    </p>
  );
}

interface TakeFileProps {
  name: string;
  type: string;
  content(): string; // made when it is asked for
  children: ReactNode;
}

const TakeFile = ({ name, type, content, children }: TakeFileProps): ReactNode => (
  <button type="button" className="link" onClick={() => download(name, type, content())}>
    {children}
  </button>
);
