import type { PageState, PhoneState } from '@pairwire/pairing';
import type { FakeEndpoint } from './fake-endpoint.ts';

declare global {
  interface Window {
    /** The endpoint behind the page under test: one of the two, on the phone page only once there is a code. */
    computer: FakeEndpoint<PageState>;
    phone: FakeEndpoint<PhoneState>;
  }
}
