import type { Ending } from '@pairwire/pairing';

/** What a person reads when a link is over: what happened, and what to do now. */
export interface ReasonText {
  title: string;
  detail: string;
}

export const reasonsEnglish: Record<Ending, ReasonText> = {
  happy: {
    title: 'Disconnected',
    detail: 'The link is closed. Nothing of it is kept on the way.',
  },
  lonely: {
    title: 'The other device stayed away',
    detail: 'It was out of reach for more than ten minutes, so the link was closed.',
  },
  rejected: {
    title: 'Not connected',
    detail: 'The connection was declined on one of the two devices. Nothing was sent.',
  },
  crowded: {
    title: 'Two devices used this code',
    detail: 'The link was closed at once, so that no stranger can take part. Show a new code.',
  },
  scary: {
    title: 'The numbers did not match',
    detail:
      'Somebody else may have opened the code. The link was destroyed and nothing was sent. Try again with a new code.',
  },
  expired: {
    title: 'The code has expired',
    detail: 'Codes are short-lived on purpose. Show a new one and scan it.',
  },
  errory: {
    title: 'The two devices could not agree',
    detail: 'Something arrived damaged or was altered on the way. Try again with a new code.',
  },
  'bad-request': {
    title: 'This page and the server do not understand each other',
    detail: 'Reload the page. If that does not help, the server may be of another version.',
  },
  'unknown-link': {
    title: 'This code is not known',
    detail: 'It may have been used, or the server has been restarted. Show a new code and scan it.',
  },
  'wrong-token': {
    title: 'This place was taken over',
    detail: 'The link was continued from another window. Close one of them, or start again.',
  },
  'too-many': {
    title: 'Too many tries',
    detail: 'The server asks for a pause. Wait a minute, then try again.',
  },
  'too-large': {
    title: 'Too much at once',
    detail: 'The server refused a text because of its size. Start again with a shorter one.',
  },
  version: {
    title: 'This page is out of date',
    detail: 'The server speaks another version. Reload the page.',
  },
  replaced: {
    title: 'Continued in another window',
    detail: 'This link goes on where it was opened last. Close this window, or start again.',
  },
  lost: {
    title: 'The link could not be taken up again',
    detail: 'What this page had kept of it is out of date. Show a new code and scan it.',
  },
  offline: {
    title: 'The server cannot be reached',
    detail: 'Check that Pairwire is still running and that this device is on the same network.',
  },
};

/** Where the person with the phone has to do something else than the one at the computer. */
export const phoneReasonsEnglish: Partial<Record<Ending, ReasonText>> = {
  crowded: {
    title: 'This code was already used by another device',
    detail: 'For safety it does not work any more. Ask for a new code and scan that one.',
  },
  expired: {
    title: 'The code has expired',
    detail: 'The computer shows a fresh one. Scan it, or type it below.',
  },
  scary: {
    title: 'The numbers did not match',
    detail: 'The computer ended the link and nothing was sent. Scan a new code to try again.',
  },
  'unknown-link': {
    title: 'This code is not known here',
    detail:
      'It may have expired or been used already. Scan the code that is on the computer’s screen now.',
  },
};
