/** What the server says is off, in English, by the codes of its `/config.json`. */
export const offEnglish = {
  'phones-loopback-only': {
    what: 'Phones',
    why: 'Only this computer reaches the server. Start Pairwire with --host or --public-url.',
  },
  'phones-no-address': {
    what: 'Phones',
    why: 'This computer has no address that a phone could reach. Start Pairwire with --public-url.',
  },
  'phone-features-need-https': {
    what: 'Camera, clipboard and wake lock on phones',
    why: 'Browsers allow them only over https. Start Pairwire with --cert and --key.',
  },
  'gateway-port-in-use': {
    what: 'Phones without a browser',
    why: 'The UDP port of the phone gateway is in use. Choose another one with --udp-port.',
  },
  'gateway-port-forbidden': {
    what: 'Phones without a browser',
    why: 'The phone gateway may not use its UDP port. Choose one from 1024 on with --udp-port.',
  },
  'gateway-no-such-address': {
    what: 'Phones without a browser',
    why: 'The phone gateway cannot use its address. Check --host.',
  },
  'gateway-failed': {
    what: 'Phones without a browser',
    why: 'The phone gateway could not be started. The terminal says why.',
  },
};

export type OffMessages = typeof offEnglish;
