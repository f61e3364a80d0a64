/** A request as the server's resources see it, and what is wrong with one before any resource is asked. */
import { Code } from './code.ts';
import type { Peer } from './environment.ts';
import type { Message } from './message.ts';
import {
  findOption,
  findStrings,
  findUint,
  isCriticalOption,
  isUsableOption,
  OptionNumber,
  type Option,
} from './option.ts';

export interface CoapRequest {
  peer: Peer;
  /** Method code. */
  code: number;
  token: Uint8Array;
  /** Uri-Path, one string per option. */
  path: readonly string[];
  /** Uri-Query, one string per option. */
  query: readonly string[];
  /** 0 registers, 1 deregisters (RFC 7641 §2). */
  observe: number | undefined;
  contentFormat: number | undefined;
  accept: number | undefined;
  payload: Uint8Array;
}

export interface CoapResponse {
  code: number;
  options?: readonly Option[];
  payload?: Uint8Array;
}

/** @returns a response whose payload says in words what is wrong (§5.5.2). */
export function createRefusal(
  code: number,
  diagnostic: string,
  options: readonly Option[] = [],
): CoapResponse {
  return { code, options, payload: new TextEncoder().encode(diagnostic) };
}

export type ReadRequest = { ok: true; request: CoapRequest } | { ok: false; refusal: CoapResponse };

/** Takes a request apart, or says why no resource should see it (§5.4.1, §5.7.2). */
export function readRequest(message: Message, peer: Peer): ReadRequest {
  const { options } = message;
  const refuse = (refusal: CoapResponse): ReadRequest => ({ ok: false, refusal });
  const unusable = options.find(
    (option, index) =>
      isCriticalOption(option.number) &&
      (!isUsableOption(option) || isExtra(options, option, index)),
  );
  if (unusable) return refuse(createRefusal(Code.badOption, `option ${unusable.number}`));
  const proxied =
    findOption(options, OptionNumber.proxyUri) ?? findOption(options, OptionNumber.proxyScheme);
  if (proxied) return refuse(createRefusal(Code.proxyingNotSupported, 'this is no proxy'));
  const path = findStrings(options, OptionNumber.uriPath);
  const query = findStrings(options, OptionNumber.uriQuery);
  if (!path || !query) return refuse(createRefusal(Code.badRequest, 'path or query is not UTF-8'));
  const request: CoapRequest = {
    peer,
    code: message.code,
    token: message.token,
    path,
    query,
    observe: findUint(options, OptionNumber.observe),
    contentFormat: findUint(options, OptionNumber.contentFormat),
    accept: findUint(options, OptionNumber.accept),
    payload: message.payload,
  };
  return { ok: true, request };
}

/** A second one of an option that may come once only is treated as not known (§5.4.5). */
function isExtra(options: readonly Option[], { number }: Option, index: number): boolean {
  if (number === OptionNumber.uriPath || number === OptionNumber.uriQuery) return false;
  return options.findIndex((option) => option.number === number) < index;
}
