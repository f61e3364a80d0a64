import { RememberedDevices } from '@pairwire/pairing';
import { ComputerPage } from '../../../packages/web/src/computer/computer-page.ts';
import { fetchPageConfig } from '../../../packages/web/src/computer/page-config.ts';
import { deviceStore } from '../../../packages/web/src/kept-devices.ts';
import { tabStore } from '../../../packages/web/src/kept-link.ts';
import { browserSettings } from '../../../packages/web/src/kept-settings.ts';
import { loadInitialWords } from '../../../packages/web/src/text/language.ts';
import { FakeEndpoint } from './fake-endpoint.ts';
import './preview-window.ts';

const settings = browserSettings();
const devices = deviceStore();
const page = new ComputerPage({
  root: document.body,
  config: await fetchPageConfig(),
  settings,
  words: await loadInitialWords(settings, navigator.languages),
  origin: location.origin,
  secure: isSecureContext,
  talk: tabStore('computer.talk'),
  remembered: devices && new RememberedDevices(devices, () => Date.now()),
  createEndpoint(events) {
    window.computer = new FakeEndpoint(events, { phase: 'connecting' });
    return window.computer;
  },
});
page.start();
