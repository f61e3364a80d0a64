import type { LabMessages } from './text/lab-messages.en.ts';
import type { ViewContext } from '../ui/view-context.ts';

/** What a part of the lab is built with, again for each language. */
export interface LabContext {
  readonly texts: LabMessages;
  readonly view: ViewContext;
}

export const PART_NAMES = ['wire', 'doctor', 'transports', 'keyboard'] as const;
export type PartName = (typeof PART_NAMES)[number];

/** One part of the lab. What happens in it lives on while another one, or none, is shown. */
export interface LabPart {
  /** Builds it anew in the words of `context`. */
  render(context: LabContext): HTMLElement;
  /** The session is there, or gone: what needs it can be used, or not. */
  sessionChanged(): void;
}
