/** Text that is the darker the more there is of something; the number on hover. Whoever uses it has a table of the numbers too. */
import type { CSSProperties, ReactNode } from "react";

export interface HeatProps {
  by: number | undefined; // 0 to 1; undefined: no shade
  title: string;
  line?: "open" | "closed"; // whose colour
  children: ReactNode;
}

export function Heat({ by, title, line = "open", children }: HeatProps): ReactNode {
  const style = by === undefined ? undefined : ({ "--heat": by.toFixed(2) } as CSSProperties);
  return (
    <span className={by === undefined ? "heat" : `heat by-${line}`} title={title} style={style}>
      {children}
    </span>
  );
}
