export { CoapPipeCloseCode, createCoapPipe, type CoapPipeOptions } from './coap-pipe.ts';
export { ExitCode } from './exit-code.ts';
export { chooseLanguage, type Language } from './phrases.ts';
export { TerminalPage, type TerminalPageOptions } from './terminal-page.ts';
export { TerminalPhone, type TerminalPhoneOptions } from './terminal-phone.ts';
