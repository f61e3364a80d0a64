import type { Ending } from '@pairwire/pairing';

/** What a person reads when a link is over: what happened, and what to do now. */
export interface ReasonText {
  title: string;
  detail: string;
}

const reasons: Record<Ending, ReasonText> = {
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
const phoneReasons: Partial<Record<Ending, ReasonText>> = {
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

/** Every word the pages show, in English. `messages.zh.ts` has the same keys; a test compares them. */
export const en = {
  computerTitle: 'Pairwire: connect your phone',
  phoneTitle: 'Pairwire: connect to a computer',
  connectedTitle: (peer: string) => `${peer} · Pairwire`,
  unreadTitle: (count: number, title: string) => `(${count}) ${title}`,

  // Computer: waiting for a phone
  waitingHeading: 'Scan with your phone',
  waitingLead: 'What you type on one appears on the other, at once.',
  stepsLabel: 'Steps',
  stepScan: 'Scan the code',
  stepScanHint: 'With the ordinary camera, no app needed',
  stepTap: 'Tap Connect',
  stepTapHint: 'On the page that opens on the phone',
  stepNumber: 'Match the number',
  stepNumberHint: 'Choose here the one your phone shows',
  stepType: 'Type the number',
  stepTypeHint: 'Enter here the one your phone shows',
  stepStart: 'Start typing',
  stepStartHint: 'The two screens are one from then on',
  stepDone: 'Done',
  connectingToServer: 'Connecting to the server…',
  waitingStatus: 'Waiting for a phone',
  openedStatus: 'A phone opened the page. Tap Connect on it.',
  qrLabel: 'QR code with the link for the phone. The same link can be copied below.',
  guidLabel: 'Code',
  copyLink: 'Copy link',
  copyCode: 'Copy code',
  typeInstead: (address: string) => `No camera? Open ${address} on the phone and type the code.`,
  nextCodeIn: (time: string) => `New code in ${time}`,
  nextCodeSoon: 'New code in a moment',
  newCode: 'Show a new code',
  addressLabel: 'Address for the phone',
  addressOfThisPage: 'address of this page',
  noAddressHeading: 'No address a phone could use',
  noAddress:
    'This computer has no network address, so there is nothing to scan. Join a network, or start Pairwire with --public-url.',
  pausedHeading: 'Still there?',
  paused: 'Ten codes went by unused, so no more are made until you ask.',
  pausedStatus: 'No code is shown. Choose “Show a new code” to go on.',

  labLink: 'See what goes over the wire',

  // Computer: nobody opened the link
  checklistSummary: 'The phone does not open the page?',
  checklistStatus: 'No phone has opened the page yet. Below is a list of things to check.',
  checkWifi: 'Is the phone on the same Wi-Fi as this computer? Mobile data does not reach it.',
  checkGuest: 'A guest network often keeps devices apart. Use the main one.',
  checkFirewall: (port: string) =>
    `A firewall on this computer may block port ${port}. Allow Pairwire in it.`,
  checkVpn: 'Switch off VPNs, on the phone and on this computer.',
  checkAddress: 'Choose another address under the code: this one may be of the wrong network.',

  // Computer: the number
  claimedHeading: 'Which number is on your phone?',
  claimedLead: (phone: string) => `${phone} wants to connect.`,
  claimedStatus: (phone: string) => `${phone} wants to connect. Choose the number that it shows.`,
  unnamedPhone: 'A phone',
  preparing: 'A phone is connecting',
  preparingLead: 'The two devices are agreeing on keys.',
  chosenHeading: 'Almost there',
  chosenLead: (phone: string) => `Waiting for ${phone}.`,
  chooseNumber: (number: number) => `My phone shows ${number}`,
  noneOfThese: 'None of these',
  noneOfTheseHint: 'Then somebody else opened the code: the link is destroyed.',
  typeHeading: 'Type the number on your phone',
  typeLabel: 'Number on the phone',
  typeSubmit: 'Confirm',
  typeInvalid: 'Two digits, please, as the phone shows them.',
  typeNone: 'My phone shows no number',
  lookFirst: 'First, on the phone, pick this number:',
  lookThen: 'Then choose here the number the phone shows.',
  cancel: 'Cancel',

  // Phone: before the tap
  connectHeading: 'Connect to this computer?',
  connectLead: 'Go on only if you scanned the code from a screen you know.',
  originLabel: 'Address',
  ageLabel: 'Code shown',
  ageSeconds: (seconds: number) => (seconds === 1 ? '1 second ago' : `${seconds} seconds ago`),
  ageMinutes: (minutes: number) => (minutes === 1 ? '1 minute ago' : `${minutes} minutes ago`),
  ageUnknown: 'checking…',
  connect: 'Connect',
  connectNote: 'Nothing has been connected so far.',
  enterHeading: 'Enter the code',
  enterLead: 'Scan the code on the computer’s screen, or type it here.',
  enterLabel: 'Code from the computer',
  enterHint: '32 letters and digits; case and dashes do not matter.',
  enterInvalid: 'That is not a whole code. It has 32 digits and letters from a to f.',
  brokenLink: 'The link is incomplete. Scan the code again, or type it here.',
  connectingHeading: 'Connecting…',
  connectingLead: 'Waiting for the computer to answer.',

  // Phone: the number
  confirmHeading: 'Choose this number on the computer',
  confirmTypeHeading: 'Type this number on the computer',
  confirmLead: (page: string) => `It is asked for on the screen of ${page}.`,
  confirmStatus: (number: number) => `Your number is ${number}.`,
  unnamedPage: 'the computer',
  lookHeading: 'Which number is on the computer?',
  lookLead: (page: string) => `Look at the screen of ${page}.`,
  lookChoice: (number: number) => `The computer shows ${number}`,
  lookNone: 'None of these',
  lookNoneHint: 'Then the page is not the one you scanned: the link is destroyed.',

  // Conversation
  connectedStatus: (peer: string) => `Connected to ${peer}.`,
  presence: { here: 'here', asleep: 'asleep', gone: 'gone' },
  presenceStatus: {
    here: (peer: string) => `${peer} is back.`,
    asleep: (peer: string) => `${peer} is asleep. What you send waits for it.`,
    gone: (peer: string) => `${peer} is gone.`,
  },
  reconnecting: 'Connection lost. Reconnecting…',
  reconnected: 'Connected again.',
  unsent: (count: number) => (count === 1 ? '1 message unsent' : `${count} messages unsent`),
  conversationLabel: 'Conversation',
  messagesLabel: 'Messages',
  emptyHeading: 'You are connected',
  emptyLead: (peer: string) => `Type here or on ${peer}. Each sees the other at once.`,
  messageFromYou: 'You',
  liveLabel: (peer: string) => `${peer} is typing`,
  liveRegionLabel: (peer: string) => `Text being typed on ${peer}`,
  fieldLabel: (peer: string) => `Text for ${peer}`,
  fieldPlaceholder: 'Type something',
  fieldHint: 'Seen at once on the other side. Enter sends, Shift + Enter makes a new line.',
  fieldHintTouch: 'Seen at once on the other side.',
  fieldTooLong: (limit: string) => `Too long for one message: at most ${limit}.`,
  queueFull: 'Too much is waiting for the other side. Wait until some of it has arrived.',
  send: 'Send',
  secret: 'Secret',
  secretSwitch: 'Send a secret',
  secretPlaceholder: 'Password or other secret',
  secretHint: 'Not seen while you type. Sent once, hidden on the other side, not kept.',
  secretReveal: 'Show the secret',
  secretCopy: 'Copy the secret, then forget it',
  secretGone: 'Secret, no longer kept here',
  statusQueued: 'Waiting to be sent',
  statusSent: 'Delivered',
  statusShown: 'Shown',
  copyMessage: 'Copy this message',
  copyLive: 'Copy what is being typed',
  copied: 'Copied',
  copyFailed: 'Could not copy. The text is selected: copy it by hand.',
  newMessages: 'New messages',
  olderRemoved: 'Older messages are no longer kept here.',
  disconnect: 'Disconnect',
  draftLeft: 'Not sent',
  remoteLeft: (peer: string) => `${peer} was typing this`,
  conversationKept: 'The messages stay on this page until you leave it.',

  // Ended
  tryAgain: 'Try again',
  reasons,
  phoneReasons,

  // Trust
  trustPrivate: 'Private',
  trustListeners: 'Private from listeners',
  trustNone: 'Not private',
  trustSummaryHint: 'What this means',
  trustPrivateDetail:
    'Encrypted from this device to the other one. Nobody on the way could change this page, and the other device says the same of itself.',
  trustRestsOnWord:
    'The code leads to an http address, though. A browser that followed it may have got a changed page, and a changed page can say anything.',
  trustOwnPlain: 'This page came over http.',
  trustLinkPlain: 'The phone’s page comes over http.',
  trustPeerPlain: 'The other device does not say that its page came over a protected connection.',
  trustPeerUnknown: 'How the other device got its page is not known.',
  trustListenersDetail:
    'Encrypted from this device to the other one: nobody who only listens can read along. Somebody able to alter traffic in this network could change a page that comes over http.',
  trustNoneDetail: 'Text is not encrypted between the two devices.',
  offHeading: 'Off here',
  offClipboardName: 'Modern copying',
  offClipboard: 'Browsers allow it only over https. An older way is used instead.',

  // This device, as the other one will call it
  deviceIphone: 'iPhone',
  deviceIpad: 'iPad',
  deviceAndroid: 'Android phone',
  deviceAndroidTablet: 'Android tablet',
  deviceOther: 'Phone',
  thisComputer: 'Computer',
};

export type Messages = typeof en;
