import { element } from './element.ts';

/** Something to unfold beside what it is about. Escape folds it up, and so does going elsewhere. */
export function createDisclosure(
  name: string,
  summary: HTMLElement,
  panel: HTMLElement,
): HTMLDetailsElement {
  const details = element('details', { class: name }, summary, panel);
  details.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !details.open) return;
    details.open = false;
    summary.focus();
  });
  details.addEventListener('focusout', (event) => {
    const next = event.relatedTarget;
    if (next instanceof Node && !details.contains(next)) details.open = false;
  });
  return details;
}
