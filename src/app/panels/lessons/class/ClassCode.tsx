/** What one reports to a class: six words, to be read out, written down or copied. */
import { lazy, type ReactNode, Suspense, useState } from "react";
import { CLASS_HREF } from "../../../route.ts";
import { type ClassResult, encodeResult } from "./code.ts";

const ClassQr = lazy(async () => ({ default: (await import("./ClassQr.tsx")).ClassQr }));

export function ClassCode({ result }: { result: ClassResult }): ReactNode {
  const [copied, setCopied] = useState<boolean | null>(null);
  const [open, setOpen] = useState(false);
  const code = encodeResult(result);
  const copy = () =>
    navigator.clipboard.writeText(code).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  return (
    <div className="class-code">
      <p>
        For your class: <b>{code}</b>{" "}
        {"clipboard" in navigator && (
          <button type="button" className="link" onClick={() => void copy()}>
            Copy
          </button>
        )}{" "}
        <small aria-live="polite">
          {copied === true ? "copied" : copied === false ? "not copied: mark the words and copy them" : ""}
        </small>
      </p>
      <p className="hint">
        {result.lesson === ""
          ? "These words say how much of the gap was won back, how many answers are right with the book closed, and a mark of the settings; "
          : "These words say what you predicted, what happened, and how much of the gap was won back; "}
        who you are is not in them. <a href={CLASS_HREF}>Put a class together</a>
      </p>
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>As a QR code</summary>
        {open && (
          <Suspense>
            <ClassQr code={code} />
          </Suspense>
        )}
      </details>
    </div>
  );
}
