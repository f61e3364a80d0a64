import { PageEndpoint, RememberedDevices } from '@pairwire/pairing';
import { browserEnvironment, openRelayPipe } from '../environment.ts';
import { deviceStore } from '../kept-devices.ts';
import { tabStore } from '../kept-link.ts';
import { browserSettings } from '../kept-settings.ts';
import { loadInitialWords } from '../text/language.ts';
import { ComputerPage } from './computer-page.ts';
import { fetchPageConfig } from './page-config.ts';
import '../styles/shell.css';
import '../styles/conversation.css';
import '../styles/computer.css';
import '../styles/remembered.css';

const settings = browserSettings();
const [config, words] = await Promise.all([
  fetchPageConfig(),
  loadInitialWords(settings, navigator.languages),
]);

const devices = deviceStore();
const remembered = devices && new RememberedDevices(devices, () => Date.now());

new ComputerPage({
  root: document.body,
  config,
  settings,
  words,
  origin: location.origin,
  secure: isSecureContext,
  talk: tabStore('computer.talk'),
  remembered,
  createEndpoint: (events, label) =>
    new PageEndpoint({
      openPipe: openRelayPipe,
      environment: browserEnvironment,
      events,
      label,
      confirm: config.confirm,
      secure: isSecureContext,
      resume: tabStore('computer.link'),
      remembered,
    }),
}).start();
