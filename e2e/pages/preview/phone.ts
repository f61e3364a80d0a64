import { deviceStore } from '../../../packages/web/src/kept-devices.ts';
import { tabStore } from '../../../packages/web/src/kept-link.ts';
import { browserSettings } from '../../../packages/web/src/kept-settings.ts';
import { followFragment } from '../../../packages/web/src/phone/fragment.ts';
import { PhonePage } from '../../../packages/web/src/phone/phone-page.ts';
import { followVisibleHeight } from '../../../packages/web/src/ui/visible-height.ts';
import { loadInitialWords } from '../../../packages/web/src/text/language.ts';
import { FakeEndpoint } from './fake-endpoint.ts';
import './preview-window.ts';

const settings = browserSettings();
const page = new PhonePage({
  root: document.body,
  settings,
  words: await loadInitialWords(settings, navigator.languages),
  userAgent: navigator.userAgent,
  touchPoints: navigator.maxTouchPoints,
  origin: location.origin,
  secure: isSecureContext,
  link: tabStore('phone.link'),
  talk: tabStore('phone.talk'),
  devices: deviceStore(),
  loadLaterScreens: () => import('../../../packages/web/src/phone/later-screens.ts'),
  createEndpoint(events) {
    window.phone = new FakeEndpoint(events, { phase: 'idle' });
    return window.phone;
  },
});
followVisibleHeight();
// The endpoint that tests speak to is there as soon as the page is.
await page.prepare();
followFragment((fragment) => page.openFragment(fragment));
