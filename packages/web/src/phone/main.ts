import { PhoneEndpoint } from '@pairwire/pairing';
import { browserEnvironment, openRelayPipe } from '../environment.ts';
import { deviceStore } from '../kept-devices.ts';
import { tabStore } from '../kept-link.ts';
import { browserSettings } from '../kept-settings.ts';
import { loadInitialWords } from '../text/language.ts';
import { followVisibleHeight } from '../ui/visible-height.ts';
import { followFragment } from './fragment.ts';
import { PhonePage } from './phone-page.ts';
import '../styles/shell.css';
import '../styles/phone.css';

const settings = browserSettings();
const link = tabStore('phone.link');

const page = new PhonePage({
  root: document.body,
  settings,
  words: await loadInitialWords(settings, navigator.languages),
  userAgent: navigator.userAgent,
  touchPoints: navigator.maxTouchPoints,
  origin: location.origin,
  secure: isSecureContext,
  link,
  talk: tabStore('phone.talk'),
  devices: deviceStore(),
  loadLaterScreens: () => import('./later-page.ts'),
  createEndpoint: (events, { guid, name, language, remembered }) =>
    new PhoneEndpoint({
      openPipe: openRelayPipe,
      environment: browserEnvironment,
      events,
      guid,
      name,
      language,
      secure: isSecureContext,
      resume: link,
      remembered,
    }),
});

followVisibleHeight();
followFragment((fragment) => page.openFragment(fragment));
void page.prepare();
