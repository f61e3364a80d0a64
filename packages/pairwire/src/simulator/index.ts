export { createCoapPipe } from './coap-pipe.ts';
export { TerminalPage } from './terminal-page.ts';
export { TerminalPhone } from './terminal-phone.ts';
