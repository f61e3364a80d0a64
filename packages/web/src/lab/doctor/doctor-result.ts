import { element } from '../../ui/element.ts';
import type {
  ExaminedFrame,
  FrameOutcome,
  FramesExamination,
  HandshakeExamination,
  HandshakeFinding,
  Sender,
} from '../lab-events.ts';
import type { LabMessages } from '../text/lab-messages.en.ts';
import { createSectionLink } from '../wire/detail.ts';
import { createFrameCard } from '../wire/frame-card.ts';

/** What the doctor says of a handshake: the verdict, then everything found. */
export function createHandshakeResult(
  texts: LabMessages,
  { opens, findings }: HandshakeExamination,
  language: 'en' | 'zh',
): HTMLElement {
  return element(
    'div',
    { class: 'card', 'data-testid': 'doctor-result', 'data-opens': String(opens) },
    element(
      'p',
      { class: opens ? 'verdict is-right' : 'verdict is-problem' },
      opens ? texts.opens : texts.opensNot,
    ),
    findings.length === 0 && element('p', {}, texts.nothingFound),
    element(
      'ul',
      { class: 'findings' },
      ...findings.map((finding) => createFinding(texts, finding, language)),
    ),
  );
}

function createFinding(
  texts: LabMessages,
  finding: HandshakeFinding,
  language: 'en' | 'zh',
): HTMLElement {
  const { code, severity, section, found, expected } = finding;
  const { what, advice } = finding.texts[language];
  return element(
    'li',
    { class: 'finding', 'data-severity': severity, 'data-testid': 'finding', 'data-code': code },
    element(
      'p',
      { class: 'finding-head' },
      element('strong', {}, texts.severities[severity]),
      element('span', { class: 'note' }, texts.findingOf[finding.of]),
      createSectionLink(texts, section),
    ),
    element('p', {}, what),
    element('p', { class: 'note' }, advice),
    found !== undefined && createQuote(texts.found, found),
    expected !== undefined && createQuote(texts.expected, expected),
  );
}

function createQuote(label: string, text: string): HTMLElement {
  return element('p', { class: 'note' }, `${label} `, element('code', {}, text));
}

/** What the engine makes of frames: each taken apart, with what it leads to. */
export function createFramesResult(
  texts: LabMessages,
  { frames, rest, state }: FramesExamination,
  sender: Sender,
): HTMLElement {
  return element(
    'div',
    { class: 'frames', 'data-testid': 'doctor-result', 'data-state': state },
    ...frames.map((frame) => createExaminedFrame(texts, frame, sender)),
    rest !== '' &&
      frames.every(({ arrivedBytes, payloadBytes }) => arrivedBytes >= payloadBytes) &&
      element('p', { class: 'card' }, texts.restLabel, ' ', element('code', {}, rest)),
    element('p', { class: 'verdict' }, texts.connectionStates[state]),
  );
}

function createExaminedFrame(
  texts: LabMessages,
  frame: ExaminedFrame,
  sender: Sender,
): HTMLElement {
  const missingBytes = frame.payloadBytes - frame.arrivedBytes;
  const card = createFrameCard(texts, frame, { from: sender });
  card.append(
    ...frame.outcomes.map((outcome) => createOutcome(texts, outcome)),
    ...(missingBytes > 0
      ? [element('p', { class: 'is-problem' }, texts.missing(missingBytes))]
      : []),
  );
  return card;
}

function createOutcome(texts: LabMessages, outcome: FrameOutcome): HTMLElement {
  const { outcomes } = texts;
  const line = (text: string) => element('p', { class: 'outcome' }, text);
  switch (outcome.type) {
    case 'text':
      return line(outcomes.text(outcome.text));
    case 'close':
      return line(outcomes.close(outcome.code, outcome.reason));
    case 'fail': {
      const { code, closeCode, section } = outcome;
      const known = Object.hasOwn(texts.failures, code) ? texts.failures[code] : undefined;
      return element(
        'p',
        { class: 'outcome is-problem', 'data-testid': 'frame-failure', 'data-code': code },
        outcomes.fail(closeCode, known ?? code),
        ' ',
        createSectionLink(texts, section),
      );
    }
    default:
      return line(outcomes[outcome.type](outcome.payloadBytes));
  }
}
