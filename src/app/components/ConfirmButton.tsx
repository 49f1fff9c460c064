import { type ReactNode, useState } from "react";

export interface ConfirmButtonProps {
  label: string;
  question: string; // what a second press agrees to
  of: string; // which one, for screen readers
  disabled?: boolean;
  onConfirm(): void;
}

/** For what cannot be undone: the first press asks, the second does it; leaving the button takes the question back. */
export function ConfirmButton({
  label,
  question,
  of,
  disabled = false,
  onConfirm,
}: ConfirmButtonProps): ReactNode {
  const [asking, setAsking] = useState(false);
  return (
    <button
      type="button"
      className="link danger"
      disabled={disabled}
      onBlur={() => setAsking(false)}
      onClick={() => {
        setAsking(!asking);
        if (asking) onConfirm();
      }}
    >
      {asking ? question : label}
      <span className="hidden"> {of}</span>
    </button>
  );
}
