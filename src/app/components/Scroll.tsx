import { type ReactNode, useEffect, useRef } from "react";

/** A table wider than its place scrolls, and then takes the focus, so that arrow keys scroll it too. */
export function Scroll({ label, children }: { label: string; children: ReactNode }): ReactNode {
  const frame = useRef<HTMLElement>(null);
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      if (element.scrollWidth > element.clientWidth) element.tabIndex = 0;
      else element.removeAttribute("tabindex");
    });
    observer.observe(element);
    for (const child of element.children) observer.observe(child);
    return () => observer.disconnect();
  }, []);
  return (
    <section ref={frame} className="scroll" aria-label={label}>
      {children}
    </section>
  );
}
