/**
 * Copies text and tells honestly whether that worked.
 *
 * `navigator.clipboard` is missing on `http://` and may be refused by the person or by a frame's
 * policy; then the old `execCommand('copy')` is tried, which browsers still honour during a click.
 */
export async function copyText(text: string): Promise<boolean> {
  const clipboard = navigator.clipboard as Clipboard | undefined;
  if (clipboard !== undefined) {
    try {
      await clipboard.writeText(text);
      return true;
    } catch {
      // Not allowed here: the older way may be.
    }
  }
  return copyBySelection(text);
}

function copyBySelection(text: string): boolean {
  const focused = document.activeElement;
  const holder = document.createElement('textarea');
  holder.className = 'copy-holder';
  holder.readOnly = true;
  holder.setAttribute('aria-hidden', 'true');
  holder.tabIndex = -1;
  holder.value = text;
  document.body.append(holder);
  holder.focus({ preventScroll: true });
  holder.setSelectionRange(0, text.length);
  let copied = false;
  try {
    copied = document.execCommand('copy');
  } catch {
    copied = false;
  }
  holder.remove();
  if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  return copied;
}

/** Selects what an element shows, for the person to copy by hand. */
export function selectContents(node: Node): void {
  const selection = document.getSelection();
  if (selection === null) return;
  selection.removeAllRanges();
  const range = document.createRange();
  range.selectNodeContents(node);
  selection.addRange(range);
}
