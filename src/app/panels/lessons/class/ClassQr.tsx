/** The six words of a class code to be read by a camera: a link that adds them to the class page of the device that reads it. */
import type { ReactNode } from "react";
import { encode } from "uqr";
import { CLASS_HREF } from "../../../route.ts";
import { isAtHome, siteUrl } from "../../../site.ts";

const QUIET = 4; // modules round the code, as ISO/IEC 18004 wants them

/** What the code says: a link to the class page of this site with the words; only the words where no other device has this site's address. */
export const qrText = (code: string): string =>
  isAtHome() ? code : `${siteUrl("")}${CLASS_HREF}?add=${code.replaceAll(" ", "-")}`;

/** The dark modules as one path, a module being a square of side 1. */
export function qrPath(text: string): { d: string; size: number } {
  const { data, size } = encode(text, { ecc: "M", border: QUIET });
  const d = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ""))).join("");
  return { d, size };
}

export function ClassQr({ code }: { code: string }): ReactNode {
  const { d, size } = qrPath(qrText(code));
  return (
    <div className="class-qr">
      <svg
        viewBox={`0 0 ${size} ${size}`}
        role="img"
        aria-label={`QR code of “${code}”`}
        shapeRendering="crispEdges"
      >
        <rect width={size} height={size} fill="#fff" />
        <path d={d} fill="#000" />
      </svg>
      <p className="hint">
        {isAtHome()
          ? "It has the six words alone, for this page is on this machine only: whoever scans it copies them to the class page."
          : "The phone or tablet that scans it opens the class page and adds these words to the list on that device; nothing goes to any other, so one device should scan the whole class."}
      </p>
    </div>
  );
}
