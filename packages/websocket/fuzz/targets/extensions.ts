import * as ws from 'ws';

import {
  formatExtensions,
  parseExtensions,
  type Extension,
} from '../../src/protocol/extension-header.ts';
import {
  buildDeflateOffer,
  checkDeflateAnswer,
  negotiateDeflate,
  type DeflateOptions,
} from '../../src/protocol/permessage-deflate.ts';
import { HandshakeError } from '../../src/protocol/errors.ts';
import { check } from '../fault.ts';
import { extensionHeader } from '../header-grammar.ts';
import type { Target } from '../target.ts';

/** What ws exports without types. */
const { extension: wsExtension } = ws as unknown as {
  extension: { parse(header: string): Record<string, Record<string, (string | true)[]>[]> };
};

const EVERYTHING: DeflateOptions = {
  serverContextTakeover: true,
  clientContextTakeover: true,
  serverMaxWindowBits: 15,
  clientMaxWindowBits: 15,
};
const OPTIONS: readonly DeflateOptions[] = [
  EVERYTHING,
  { ...EVERYTHING, serverContextTakeover: false, clientContextTakeover: false },
  { ...EVERYTHING, serverMaxWindowBits: 10 },
  { ...EVERYTHING, clientMaxWindowBits: 10 },
];

/** Sec-WebSocket-Extensions, its grammar and what either side makes of permessage-deflate in it. */
export const extensions: Target = {
  name: 'extensions',
  format: 'text',
  generate: (random) => Buffer.from(extensionHeader(random), 'latin1'),
  run(input) {
    const header = Buffer.from(input).toString('latin1');
    const parsed = parseExtensions(header);
    checkParsing(header, parsed);
    if (parsed === undefined) return;
    for (const options of OPTIONS) {
      checkAnswer(parsed, options);
      checkReading(parsed, options);
    }
    checkDecision(parsed);
  },
};

function checkParsing(header: string, parsed: Extension[] | undefined): void {
  const slow = parseSlowly(header);
  const found = JSON.stringify(parsed);
  check(found === JSON.stringify(slow), 'the header means what its grammar says (§9.1)', {
    parsed,
    slow,
  });
  const theirs = parseWithWs(header);
  // Not the other way round: ws refuses empty list elements and white space around '='.
  if (theirs !== undefined) {
    check(parsed !== undefined, 'what ws can read, we can', header);
    check(inFormOfWs(parsed ?? []) === theirs, 'ws reads the same extensions', { parsed, theirs });
  }
  if (parsed === undefined) return;
  const again = parseExtensions(formatExtensions(parsed));
  check(JSON.stringify(again) === found, 'what is written out reads the same', parsed);
}

/** RFC 7692 §7.1: the answer keeps to some offer, to its own grammar and to our options. */
function checkAnswer(offers: readonly Extension[], options: DeflateOptions): void {
  const answer = negotiateDeflate(offers, options);
  if (answer === undefined) return;
  const given = new Map(answer.extension.parameters.map(({ name, value }) => [name, value]));
  check(isWellFormed(answer.extension, false), 'the answer is well-formed', answer);
  const keptOffer = offers.some((offer) => isWellFormed(offer, true) && keeps(given, offer));
  check(keptOffer, 'the answer keeps to an offer', { offers, answer });
  const { parameters } = answer;
  const serverBits = Number(given.get('server_max_window_bits') ?? 15);
  const clientBits = Number(given.get('client_max_window_bits') ?? 15);
  check(serverBits >= 9 && serverBits <= options.serverMaxWindowBits, 'windows are as wanted');
  check(clientBits <= options.clientMaxWindowBits, 'windows are as wanted');
  check(
    parameters.compressWindowBits === serverBits &&
      parameters.decompressWindowBits === clientBits &&
      parameters.compressContextTakeover === !given.has('server_no_context_takeover') &&
      parameters.decompressContextTakeover === !given.has('client_no_context_takeover'),
    'the codec is made of what the answer says',
    answer,
  );
}

/** With nothing to wish for, every well-formed offer is acceptable but a window of 2^8. */
function checkDecision(offers: readonly Extension[]): void {
  const acceptable = offers.some(
    (offer) =>
      isWellFormed(offer, true) &&
      !offer.parameters.some(
        ({ name, value }) => name === 'server_max_window_bits' && value === '8',
      ),
  );
  const answered = negotiateDeflate(offers, EVERYTHING) !== undefined;
  check(answered === acceptable, 'the first acceptable offer is accepted (§7.1)', offers);
}

/** The same header as a server's answer to what we offer. */
function checkReading(answer: readonly Extension[], options: DeflateOptions): void {
  const result = checkDeflateAnswer(answer, options);
  const [first, ...others] = answer.filter(({ name }) => name === 'permessage-deflate');
  if (first === undefined) {
    check(result === undefined, 'no answer is no compression', answer);
    return;
  }
  const given = new Map(first.parameters.map(({ name, value }) => [name, value]));
  const offer = buildDeflateOffer(options);
  const isRight = others.length === 0 && isWellFormed(first, false) && keeps(given, offer);
  check(
    isRight === !(result instanceof HandshakeError),
    'an answer is taken if it keeps to the offer',
    {
      answer,
      result,
    },
  );
}

/** @param isOffer - only an offer may name client_max_window_bits without a value (§7.1.2.2) */
function isWellFormed({ name, parameters }: Extension, isOffer: boolean): boolean {
  const names = new Set(parameters.map((parameter) => parameter.name));
  return (
    name === 'permessage-deflate' &&
    names.size === parameters.length &&
    parameters.every((parameter) => {
      const text = `${parameter.name}${parameter.value === undefined ? '' : `=${parameter.value}`}`;
      return (
        /^(?:server|client)_no_context_takeover$/.test(text) ||
        /^(?:server|client)_max_window_bits=(?:[89]|1[0-5])$/.test(text) ||
        (isOffer && text === 'client_max_window_bits')
      );
    })
  );
}

function keeps(answer: ReadonlyMap<string, string | undefined>, offer: Extension): boolean {
  const wished = new Map(offer.parameters.map(({ name, value }) => [name, value]));
  const bits = (value: string | undefined) => Number(value ?? 15);
  const forgets = 'server_no_context_takeover';
  const server = 'server_max_window_bits';
  const client = 'client_max_window_bits';
  if (wished.has(forgets) && !answer.has(forgets)) return false;
  if (bits(answer.get(server)) > bits(wished.get(server))) return false;
  if (!answer.has(client)) return true;
  return wished.has(client) && bits(answer.get(client)) <= bits(wished.get(client));
}

const TOKEN = String.raw`[!#$%&'*+\-.^_\`|~0-9A-Za-z]+`;
const QUOTED = String.raw`"(?:[^"\\]|\\[^])*"`;
const ELEMENT = new RegExp(
  String.raw`^${TOKEN}(?:[ \t]*;[ \t]*${TOKEN}(?:[ \t]*=[ \t]*(?:${TOKEN}|${QUOTED}))?)*$`,
);

/** The grammar by cutting and matching; as slow as it likes. */
function parseSlowly(header: string): Extension[] | undefined {
  const elements = cutOutsideQuotes(header, ',').filter((element) => element !== '');
  if (elements.length === 0 || !elements.every((element) => ELEMENT.test(element)))
    return undefined;
  const parsed = elements.map((element) => {
    const [name = '', ...rest] = cutOutsideQuotes(element, ';');
    const parameters = rest.map((text) => {
      const equals = text.indexOf('=');
      if (equals === -1) return { name: text };
      const value = trim(text.slice(equals + 1));
      const bare = value.startsWith('"') ? value.slice(1, -1).replaceAll(/\\([^])/g, '$1') : value;
      return { name: trim(text.slice(0, equals)), value: bare };
    });
    return { name, parameters };
  });
  const token = new RegExp(`^${TOKEN}$`);
  const areTokens = parsed.every(({ parameters }) =>
    parameters.every(({ value }) => value === undefined || token.test(value)),
  );
  return areTokens ? parsed : undefined;
}

function cutOutsideQuotes(text: string, separator: string): string[] {
  const parts = [''];
  let quoted = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index] ?? '';
    if (!quoted && character === separator) {
      parts.push('');
      continue;
    }
    if (character === '"') quoted = !quoted;
    parts[parts.length - 1] += character;
    if (quoted && character === '\\') parts[parts.length - 1] += text[++index] ?? '';
  }
  return parts.map(trim);
}

function trim(text: string): string {
  return text.replaceAll(/^[ \t]+|[ \t]+$/g, '');
}

function parseWithWs(header: string): string | undefined {
  try {
    return JSON.stringify(wsExtension.parse(header));
  } catch {
    return undefined;
  }
}

function inFormOfWs(parsed: readonly Extension[]): string {
  const offers = Object.create(null) as Record<string, object[]>;
  for (const { name, parameters } of parsed) {
    const values = Object.create(null) as Record<string, (string | true)[]>;
    for (const parameter of parameters) {
      (values[parameter.name] ??= []).push(parameter.value ?? true);
    }
    (offers[name] ??= []).push(values);
  }
  return JSON.stringify(offers);
}
