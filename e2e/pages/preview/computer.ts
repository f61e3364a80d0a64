import { ComputerPage } from '../../../packages/web/src/computer/computer-page.ts';
import { fetchPageConfig } from '../../../packages/web/src/computer/page-config.ts';
import { browserSettings } from '../../../packages/web/src/kept-settings.ts';
import { FakeEndpoint } from './fake-endpoint.ts';
import './preview-window.ts';

const page = new ComputerPage({
  root: document.body,
  config: await fetchPageConfig(),
  settings: browserSettings(),
  languages: navigator.languages,
  origin: location.origin,
  secure: isSecureContext,
  createEndpoint(events) {
    window.computer = new FakeEndpoint(events, { phase: 'connecting' });
    return window.computer;
  },
});
page.start();
