import { PageEndpoint } from '@pairwire/pairing';
import { browserEnvironment, openRelayPipe } from '../environment.ts';
import { browserSettings } from '../kept-settings.ts';
import { ComputerPage } from './computer-page.ts';
import { fetchPageConfig } from './page-config.ts';
import '../styles/shell.css';
import '../styles/conversation.css';
import '../styles/computer.css';

const config = await fetchPageConfig();

new ComputerPage({
  root: document.body,
  config,
  settings: browserSettings(),
  languages: navigator.languages,
  origin: location.origin,
  secure: isSecureContext,
  createEndpoint: (events, label) =>
    new PageEndpoint({
      openPipe: openRelayPipe,
      environment: browserEnvironment,
      events,
      label,
      confirm: config.confirm,
    }),
}).start();
