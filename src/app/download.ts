/** Offers bytes or text to the person as a file. */
export function download(name: string, type: string, content: BlobPart): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(url), 10_000); // the browser has opened it by then
}

/** A title as a file's name: "Closed book, arm A" → "closed-book-arm-a.svg". */
export const fileName = (title: string, ending: string): string =>
  `${
    title
      .toLowerCase()
      .normalize("NFKD")
      .replace(/[^\p{L}\p{N}]+/gu, "-")
      .replace(/^-+|-+$/g, "")
      .slice(0, 80) || "figure"
  }.${ending}`;
