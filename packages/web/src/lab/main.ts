import { browserSettings } from '../kept-settings.ts';
import { loadInitialWords } from '../text/language.ts';
import { LabPage } from './lab-page.ts';
import { loadLabMessages } from './text/lab-language.ts';
import '../styles/shell.css';
import '../styles/lab.css';
import '../styles/lab-wire.css';
import '../styles/lab-frames.css';
import '../styles/lab-doctor.css';
import '../styles/lab-compare.css';
import '../styles/lab-keyboard.css';

const settings = browserSettings();
const words = await loadInitialWords(settings, navigator.languages);

new LabPage({
  root: document.body,
  settings,
  words,
  labMessages: await loadLabMessages(words.language),
  origin: location.origin,
}).start();
