/** What a phone shows after the tap: loaded while the person looks at the button. */
export { createConversationScreen } from '../conversation/conversation-screen.ts';
export { createConfirmScreen } from './confirm-screen.ts';
export { createPhoneEndedScreen } from './phone-ended-screen.ts';
