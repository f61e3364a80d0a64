import type { ConfirmPolicy, EndpointEvents } from './endpoint.ts';
import type { Environment, OpenPipe } from './environment.ts';
import type { PageState } from './page-endpoint.ts';
import type { PhoneState } from './phone-endpoint.ts';

export interface PageOptions {
  openPipe: OpenPipe;
  environment: Environment;
  events: EndpointEvents<PageState>;
  /** What the phone shows as the place it types into, for example the computer's name. Cut to 64 code points. */
  label: string;
  confirm?: ConfirmPolicy;
  /** How long a code is shown before the next one. Default 60 000. */
  codeLifeMs?: number;
  /** How many codes are shown before the page stops and asks. Default 10. */
  maxRotations?: number;
}

export interface PhoneOptions {
  openPipe: OpenPipe;
  environment: Environment;
  events: EndpointEvents<PhoneState>;
  /** The GUID, in any form that parseGuid takes. */
  guid: string;
  /** What the page shows as the device's name. Cut to 64 code points. */
  name: string;
  /** BCP 47 tag of the person's language. */
  language?: string;
}
