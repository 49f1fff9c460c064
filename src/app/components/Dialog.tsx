/** A native modal dialog: focus trap, Escape and return of focus come with it. */
import { type ReactNode, useEffect, useRef } from "react";

export interface DialogProps {
  title: string;
  wide?: boolean;
  onClose(): void;
  children: ReactNode;
}

/** Open for as long as it is rendered. */
export function Dialog({ title, wide = false, onClose, children }: DialogProps): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={wide ? "wide" : undefined}
      aria-labelledby="dialog-title"
      onClose={onClose}
    >
      <div className="dialog-head">
        <h3 id="dialog-title">{title}</h3>
        <button type="button" className="link" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </div>
      {children}
    </dialog>
  );
}
