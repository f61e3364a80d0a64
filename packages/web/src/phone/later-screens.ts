/** What a phone shows after the tap, and whom it remembers: loaded behind the first view. */
export { RememberedDevices } from '@pairwire/pairing';
export { createConversationScreen } from '../conversation/conversation-screen.ts';
export { shownName, withGivenName } from '../remembered/shown-name.ts';
export { rememberedWords } from '../remembered/text/remembered-words.ts';
export { createConfirmScreen } from './confirm-screen.ts';
export { createPhoneEndedScreen } from './phone-ended-screen.ts';
export { phoneEndingText } from './phone-ending.ts';
export { createRememberedScreen } from './remembered-screen.ts';
