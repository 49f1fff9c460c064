/** A document's text as it was read: its headings, its pages, and in grey what was left out, to be brought back. */
import type { ReactNode } from "react";
import type { Block } from "../../../core/blocks.ts";
import type { SourceDocument } from "../../../core/messages.ts";
import { LongList } from "../../components/LongList.tsx";

const MOST_SHOWN = 200; // passages or blocks, until all are asked for

export const BY_HAND = "left out by you";

export interface DocumentTextProps {
  document: SourceDocument;
  onLeft: ((which: (block: Block, at: number) => boolean, reason: string | null) => void) | null; // null: it is only read
}

export function DocumentText({ document, onLeft }: DocumentTextProps): ReactNode {
  const { text, passages, blocks } = document;
  if (passages)
    return (
      <LongList items={passages} most={MOST_SHOWN} as="p">
        {(passage) => <p className="whole">{passage}</p>}
      </LongList>
    );
  if (!blocks) return <p className="whole">{text}</p>;
  return (
    <div className="blocks">
      <LongList items={blocks} most={MOST_SHOWN} as="p">
        {(block, at) => (
          <ShownBlock
            block={block}
            begins={block.page !== null && block.page !== (blocks[at - 1]?.page ?? null)}
            onLeft={onLeft && ((reason) => onLeft((_, i) => i === at, reason))}
          />
        )}
      </LongList>
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
