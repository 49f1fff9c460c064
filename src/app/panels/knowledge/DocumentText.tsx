/** A document's text as it was read: its headings, its pages, and in grey what was left out, to be brought back. */
import { type ReactNode, useState } from "react";
import type { Block } from "../../../core/blocks.ts";
import type { SourceDocument } from "../../../core/messages.ts";
import { integer } from "../../format.ts";

const STEP = 200; // blocks shown at once

export const BY_HAND = "left out by you";

export interface DocumentTextProps {
  document: SourceDocument;
  onLeft: ((which: (block: Block, at: number) => boolean, reason: string | null) => void) | null; // null: it is only read
}

export function DocumentText({ document, onLeft }: DocumentTextProps): ReactNode {
  const { text, passages, blocks } = document;
  const [shown, setShown] = useState(STEP);
  if (passages)
    return passages.slice(0, STEP).map((passage) => (
      <p className="whole" key={passage}>
        {passage}
      </p>
    ));
  if (!blocks) return <p className="whole">{text}</p>;
  return (
    <div className="blocks">
      {blocks.slice(0, shown).map((block, at) => (
        <ShownBlock
          // biome-ignore lint/suspicious/noArrayIndexKey: blocks never change their order
          key={at}
          block={block}
          begins={block.page !== null && block.page !== (blocks[at - 1]?.page ?? null)}
          onLeft={onLeft && ((reason) => onLeft((_, i) => i === at, reason))}
        />
      ))}
      {blocks.length > shown && (
        <button type="button" className="link" onClick={() => setShown(shown + STEP)}>
          show more of it ({integer(blocks.length - shown)} pieces left)
        </button>
      )}
    </div>
  );
}

interface ShownBlockProps {
  block: Block;
  begins: boolean; // a page
  onLeft: ((reason: string | null) => void) | null;
}

function ShownBlock({ block, begins, onLeft }: ShownBlockProps): ReactNode {
  const { kind, text, page, left } = block;
  return (
    <div className={left === null ? `block ${kind}` : `block ${kind} left`} title={left ?? undefined}>
      <span className="block-page">{begins && `page ${page}`}</span>
      {kind === "code" ? <pre>{text}</pre> : kind === "heading" ? <b>{text}</b> : <span>{text}</span>}
      {onLeft && (
        <button
          type="button"
          className="link block-turn"
          onClick={() => onLeft(left === null ? BY_HAND : null)}
        >
          {left === null ? "leave out" : "bring back"}
          <span className="hidden"> {text.slice(0, 60)}</span>
        </button>
      )}
    </div>
  );
}
