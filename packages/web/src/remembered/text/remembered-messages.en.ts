/** What is said of devices that remember each other, in English. `remembered-messages.zh.ts` has the same keys. */
export const rememberedEnglish = {
  // While two are connected. `phone`, `computer`: what is at the other end.
  chip: {
    off: 'Remember',
    asking: 'Asked to remember',
    asked: 'Asks to be remembered',
    on: 'Remembered',
    lost: 'No longer remembered',
  },
  remember: { phone: 'Remember this phone', computer: 'Remember this computer' },
  meaning:
    'Next time, one tap on the phone connects the two without a code or a number. That goes for anybody who has the phone unlocked in hand.',
  bothAgree: (peer: string) => `${peer} has to agree as well.`,
  asking: (peer: string) => `You have asked. It counts once ${peer} agrees.`,
  takeBack: 'Take it back',
  asked: (peer: string) => `${peer} asks that the two remember each other.`,
  notNow: 'Not now',
  on: (peer: string) =>
    `${peer} and this device remember each other. To connect again, open Pairwire on both and tap the computer’s name on the phone.`,
  lost: (peer: string) => `${peer} and this device no longer remember each other.`,
  lostForGood: 'Remembering again takes a new code.',
  forgetThis: { phone: 'Forget this phone', computer: 'Forget this computer' },

  // The lists
  phonesHeading: (count: number) => `Remembered phones (${count})`,
  phonesLead: 'They connect without a code while this page waits.',
  manyPhonesLead: 'While this page waits, the ones used last connect without a code.',
  phonesAgain: 'Remembered phones can connect again once a code is shown.',
  computersHeading: 'Connect again',
  computersLead: 'Tap a computer whose Pairwire page is open.',
  computersLabel: 'Remembered computers',
  lastMet: (when: string) => `Last connected ${when}`,
  rename: 'Rename',
  renameOf: (name: string) => `Rename ${name}`,
  newName: (name: string) => `Name for ${name} on this device`,
  nameHint: 'Left empty, it goes by its own name.',
  save: 'Save',
  forget: 'Forget',
  forgetOf: (name: string) => `Forget ${name}`,
  forgetQuestion: (name: string) =>
    `Forget ${name}? The two can then connect only with a new code.`,
  keep: 'Keep',
  anotherHeading: 'Another computer',

  // The phone goes to a computer
  meetingHeading: (name: string) => `Looking for ${name}…`,
  meetingLead: 'Open Pairwire on it, if it is not open: it has to show its code.',
  absentTitle: (name: string) => `${name} is not there`,
  absentDetail:
    'It did not answer. Open Pairwire on it and try again; if it still shows an earlier connection, disconnect there. If it shows its code, it no longer remembers this phone: scan the code.',
};

export type RememberedMessages = typeof rememberedEnglish;
