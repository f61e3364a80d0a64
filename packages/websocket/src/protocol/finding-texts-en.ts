/** What the handshake doctor says, in English. Fixed text: nothing a peer sent is part of it. */
import type { FindingTexts } from './finding.ts';

export const FINDING_TEXTS_EN: FindingTexts = {
  'host-unknown': {
    what: 'The name of the host cannot be found.',
    advice: "Check the spelling of the host name, and that this machine's DNS knows it.",
  },
  'connection-refused': {
    what: 'Nothing listens at this address and port.',
    advice:
      'Start the server, or check the port; a server that listens on loopback only cannot be reached from elsewhere.',
  },
  'host-unreachable': {
    what: 'The host does not answer: no TCP connection came about in time.',
    advice: 'Check the address, the network and the firewalls between.',
  },
  'certificate-untrusted': {
    what: "The server's certificate is signed by nobody whom this machine trusts.",
    advice:
      'Install a certificate of a public authority with its whole chain, or tell the client to trust yours (Node: NODE_EXTRA_CA_CERTS).',
  },
  'certificate-expired': {
    what: "The server's certificate is not valid at this time.",
    advice: 'Renew the certificate, and check the clocks of both machines.',
  },
  'certificate-name': {
    what: "The server's certificate is for another host name.",
    advice: 'Use a name that the certificate holds, or get a certificate for this one.',
  },
  'tls-failed': {
    what: 'Both sides speak TLS and could not agree.',
    advice: 'Compare TLS versions, ciphers and client certificates on both sides.',
  },
  'tls-port': {
    what: 'The port speaks TLS, and the request came without it.',
    advice: 'Use wss:// (or https://) instead of ws://.',
  },
  'plain-port': {
    what: 'The port does not speak TLS: its answer to a TLS greeting is no TLS.',
    advice: 'Use ws:// instead of wss://, or put TLS in front of the server.',
  },
  'http2-only': {
    what: 'The server speaks HTTP/2 only, which has no Upgrade header.',
    advice:
      'Let the server accept HTTP/1.1 on this port too, or open the WebSocket over HTTP/2 (RFC 8441).',
  },
  'http2-unsupported': {
    what: 'The server takes no WebSockets over HTTP/2.',
    advice: 'Open it over HTTP/1.1, or let the server send SETTINGS_ENABLE_CONNECT_PROTOCOL.',
  },
  'proxy-unreachable': {
    what: 'The proxy cannot be reached, or does not answer.',
    advice: "Check the proxy's address, port and scheme; it is http:// for most.",
  },
  'proxy-refused': {
    what: 'The proxy opens no way to the server.',
    advice:
      'Ask who runs it whether CONNECT to this host and port is allowed; many proxies allow port 443 only, so use wss://.',
  },
  'no-answer': {
    what: 'The server took the connection and answered nothing in time.',
    advice:
      'Check that an HTTP server listens on this port, and that it answers upgrade requests: a request without a handler is never answered.',
  },
  'closed-before-answer': {
    what: 'The server closed the connection before it answered.',
    advice:
      "Look into the server's log for a failure; if there is none, the port may speak TLS (use wss://) or no HTTP at all.",
  },
  'not-http': {
    what: 'The answer is not a well-formed HTTP response.',
    advice: 'Check host and port: another service seems to listen there.',
  },
  'garbage-before-status-line': {
    what: 'There are bytes in front of the status line.',
    advice:
      'Send nothing before HTTP/1.1 101: no empty line, no byte order mark, no rest of an earlier answer.',
  },
  'empty-line-first': {
    what: 'An empty line comes before the first line; some programs put up with it.',
    advice: 'Send the first line first; the empty line is often the rest of an earlier message.',
  },
  'status-line-malformed': {
    what: 'The status line breaks its grammar.',
    advice: 'Write it as HTTP/1.1 101 Switching Protocols, with one space between the parts.',
  },
  'http-version': {
    what: 'The answer is not HTTP/1.1, and only HTTP/1.1 can upgrade.',
    advice: 'Answer with HTTP/1.1; in nginx, set proxy_http_version 1.1.',
  },
  'missing-blank-line': {
    what: 'The headers do not end: the empty line behind the last one is missing, so the client waits for more headers while the server waits for frames.',
    advice: 'End the last header with CR LF and send one more CR LF.',
  },
  'head-cut-short': {
    what: 'The answer ends in the middle of its headers.',
    advice:
      'Look for a server or proxy that closes the connection while it is writing, or writes too little.',
  },
  'lf-line-ends': {
    what: 'Lines end with LF alone; browsers put up with it, most other programs refuse.',
    advice:
      "End every line with CR LF, written out as \\r\\n: the platform's line end is LF on everything but Windows.",
  },
  'field-line-malformed': {
    what: 'A header line is not a name, a colon and a value.',
    advice:
      'Write each as Name: value, without a space before the colon and without control characters.',
  },
  'field-folded': {
    what: 'A header goes on in the next line, which HTTP has given up.',
    advice: 'Write every header in one line.',
  },
  'head-too-long': {
    what: 'The headers are longer than 16 KiB, which is more than the other side takes.',
    advice: 'Send fewer or smaller headers; cookies are the usual cause.',
  },
  redirect: {
    what: 'The server sends the client elsewhere, and WebSocket clients do not follow.',
    advice: 'Use the address it names, with ws:// for http:// and wss:// for https://.',
  },
  'page-instead-of-upgrade': {
    what: 'An ordinary page came instead of 101 Switching Protocols.',
    advice:
      'Check the path; if it is right, a proxy in between strips Upgrade and Connection: let it pass them on.',
  },
  'bad-request': {
    what: 'The server calls the request malformed (400).',
    advice:
      'Read the body of the answer; behind a proxy, check that Upgrade, Connection and all Sec-WebSocket headers arrive.',
  },
  unauthorized: {
    what: 'The server wants credentials (401).',
    advice:
      "Send a cookie, an Authorization header or a token, as the server's documentation says; browsers can send cookies only.",
  },
  forbidden: {
    what: 'The server does not let this client in (403).',
    advice:
      "Check the server's list of origins, its rules for addresses, and the credentials that were sent.",
  },
  'path-unknown': {
    what: 'There is no WebSocket at this path (404).',
    advice: 'Check the path of the URL, and that the proxy passes it on unchanged.',
  },
  'proxy-authentication': {
    what: 'A proxy in between wants credentials (407).',
    advice: "Give the client the proxy's user name and password.",
  },
  'upgrade-required': {
    what: 'The server wants an upgrade and did not see one it accepts (426).',
    advice:
      'If the request had one, a proxy strips Upgrade and Connection, or the versions differ: the only version in use is 13.',
  },
  'too-many-requests': {
    what: 'The server takes no more connections from this client for now (429).',
    advice:
      'Wait as long as Retry-After says, then longer each time; raise the limit if the client is right.',
  },
  'server-failed': {
    what: 'The server failed while it handled the request (5xx).',
    advice: "Look into the server's log.",
  },
  'gateway-failed': {
    what: 'A proxy answered that it could not reach the server behind it (502, 504).',
    advice:
      'Check that the server behind the proxy runs, and that the proxy speaks HTTP/1.1 to it.',
  },
  unavailable: {
    what: 'The server takes no new connections now (503).',
    advice: 'Come back later, as Retry-After says; the server is full or is being restarted.',
  },
  'status-other': {
    what: 'The server answered with a status other than 101.',
    advice: "Read the body of the answer and the server's log.",
  },
  'upgrade-missing': {
    what: 'The 101 has no Upgrade header.',
    advice: 'Add Upgrade: websocket; if the server sends it, a proxy in between removes it.',
  },
  'upgrade-wrong': {
    what: 'The Upgrade header of the 101 is not exactly websocket.',
    advice: 'Send Upgrade: websocket once, and nothing else in it.',
  },
  'connection-missing': {
    what: 'The 101 has no Connection header.',
    advice: 'Add Connection: Upgrade; if the server sends it, a proxy in between removes it.',
  },
  'connection-wrong': {
    what: 'The Connection header of the 101 does not name Upgrade.',
    advice: 'Send Connection: Upgrade.',
  },
  'connection-list': {
    what: 'The Connection header names more than Upgrade, which is allowed, and which some clients refuse.',
    advice: 'Send Connection: Upgrade alone.',
  },
  'accept-missing': {
    what: 'The 101 has no Sec-WebSocket-Accept.',
    advice:
      "Add it: base64 of the SHA-1 of the request's Sec-WebSocket-Key with 258EAFA5-E914-47DA-95CA-C5AB0DC85B11 behind it.",
  },
  'accept-repeated': {
    what: 'There is more than one Sec-WebSocket-Accept.',
    advice: 'Send it once; a server and a framework below it may both set it.',
  },
  'accept-of-empty-key': {
    what: "Sec-WebSocket-Accept was computed from an empty key: the server did not find the request's Sec-WebSocket-Key.",
    advice:
      'Look for the header without regard to case, and check the pattern that cuts its value out.',
  },
  'accept-of-sample-key': {
    what: "Sec-WebSocket-Accept is the one of the RFC's example.",
    advice: 'Compute it from the key of each request instead of copying it.',
  },
  'accept-of-decoded-key': {
    what: 'Sec-WebSocket-Accept was computed from the decoded key.',
    advice: "Hash the key's characters as they stand in the header; do not decode its base64.",
  },
  'accept-of-hex': {
    what: 'Sec-WebSocket-Accept holds the SHA-1 as hexadecimal text.',
    advice:
      'Encode the 20 raw bytes of the SHA-1 in base64: the result is 28 characters long and ends with =.',
  },
  'accept-without-guid': {
    what: 'Sec-WebSocket-Accept was computed from the key alone.',
    advice: 'Append 258EAFA5-E914-47DA-95CA-C5AB0DC85B11 to the key before hashing.',
  },
  'accept-guid-case': {
    what: 'Sec-WebSocket-Accept was computed with the GUID in lower case.',
    advice: 'Write the GUID in capital letters: 258EAFA5-E914-47DA-95CA-C5AB0DC85B11.',
  },
  'accept-copies-key': {
    what: "Sec-WebSocket-Accept is the request's key itself.",
    advice:
      'Compute it: base64 of the SHA-1 of the key with 258EAFA5-E914-47DA-95CA-C5AB0DC85B11 behind it.',
  },
  'accept-wrong': {
    what: 'Sec-WebSocket-Accept does not belong to the key that was sent.',
    advice:
      "Check the computation against the example of RFC 6455 §1.3, and that no cache answers in the server's place.",
  },
  'protocol-unrequested': {
    what: 'The server names a subprotocol, and the client asked for none; the path of the URL is no subprotocol.',
    advice:
      "Send Sec-WebSocket-Protocol only when the request carries it, or let the client ask: new WebSocket(url, 'name').",
  },
  'protocol-not-offered': {
    what: 'The server chose a subprotocol that the client did not offer.',
    advice: 'Choose one of the offered names, or leave the header out.',
  },
  'protocol-wrong-case': {
    what: 'The server answers with the subprotocol in another spelling: capital and small letters count.',
    advice: 'Send the name back exactly as it was offered.',
  },
  'protocol-list': {
    what: 'The server answers with a list of subprotocols.',
    advice: 'Choose exactly one of those offered.',
  },
  'protocol-empty': {
    what: 'The server answers with an empty subprotocol.',
    advice: 'Leave Sec-WebSocket-Protocol out when none was chosen.',
  },
  'protocol-repeated': {
    what: 'Sec-WebSocket-Protocol is there more than once.',
    advice: 'Send it once, with one name; a server and a framework below it may both set it.',
  },
  'protocol-none-chosen': {
    what: 'The client offered subprotocols and the server chose none; Chromium, ws and undici refuse that, as we do.',
    advice: 'Let the server choose one of the offered names, or ask for none.',
  },
  'extension-not-offered': {
    what: 'The server accepted an extension that the client did not offer.',
    advice:
      'Answer with offered extensions only; without an offer, leave Sec-WebSocket-Extensions out.',
  },
  'extension-malformed': {
    what: 'Sec-WebSocket-Extensions of the answer breaks its grammar.',
    advice: 'Write it as name; parameter=value, with a token for each of them.',
  },
  'extension-parameters': {
    what: 'The server answers the offer of permessage-deflate with parameters that it must not use.',
    advice:
      'Grant what the offer demands, name each parameter once, and use window sizes from 8 to 15 without a leading zero.',
  },
  'body-announced': {
    what: 'The 101 announces a body, and a 101 has none.',
    advice: 'Leave Content-Length and Transfer-Encoding out of the 101.',
  },
  'garbage-behind-answer': {
    what: 'What follows the headers of the 101 is no WebSocket frame.',
    advice: 'Send nothing but frames behind the one empty line: no second empty line, no text.',
  },
  'request-not-http': {
    what: 'The request is not a well-formed HTTP request.',
    advice: 'Check that the client speaks HTTP/1.1, and whether it speaks TLS to a plain port.',
  },
  'request-unfinished': {
    what: 'The request does not end: the empty line behind its headers is missing, so the server waits for more headers.',
    advice: 'End the last header with CR LF and send one more CR LF.',
  },
  'request-method': {
    what: 'The method of the request is not GET.',
    advice: 'Open the WebSocket with GET, the only method there is for it.',
  },
  'request-http-version': {
    what: 'The request is not HTTP/1.1.',
    advice: 'Speak HTTP/1.1; in nginx, set proxy_http_version 1.1.',
  },
  'request-target': {
    what: 'The target of the request is not a path.',
    advice: 'Send a path that begins with a slash, without a fragment.',
  },
  'request-host': {
    what: 'There is not exactly one Host header in the request.',
    advice: 'Send Host once, with the host and port of the URL.',
  },
  'request-without-upgrade': {
    what: 'This is a WebSocket endpoint, and the request asks for no upgrade.',
    advice:
      'Use a WebSocket client; if you did, a proxy in between strips Upgrade and Connection: let it pass them on.',
  },
  'request-upgrade-wrong': {
    what: 'The Upgrade header of the request does not name websocket.',
    advice: 'Send Upgrade: websocket.',
  },
  'request-connection': {
    what: 'The Connection header of the request does not name Upgrade.',
    advice: 'Send Connection: Upgrade; in nginx, set proxy_set_header Connection to upgrade.',
  },
  'request-body': {
    what: 'The request announces a body.',
    advice: 'Leave Content-Length and Transfer-Encoding out: what follows the headers are frames.',
  },
  'request-key-missing': {
    what: 'The request has no Sec-WebSocket-Key.',
    advice: 'Send 16 random bytes in base64, new ones for each connection.',
  },
  'request-key-repeated': {
    what: 'Sec-WebSocket-Key is there more than once.',
    advice: 'Send it once.',
  },
  'request-key-wrong': {
    what: 'Sec-WebSocket-Key is not 16 bytes in base64.',
    advice: 'Encode exactly 16 random bytes: the result is 24 characters long and ends with ==.',
  },
  'request-version-missing': {
    what: 'The request has no Sec-WebSocket-Version.',
    advice: 'Send Sec-WebSocket-Version: 13.',
  },
  'request-version-other': {
    what: 'The request asks for another version than 13.',
    advice: 'Use version 13, the only one in use; update the client.',
  },
  'request-version-malformed': {
    what: 'Sec-WebSocket-Version is not one number.',
    advice: 'Send Sec-WebSocket-Version: 13, once.',
  },
  'request-protocols': {
    what: 'Sec-WebSocket-Protocol of the request is not a list of distinct tokens.',
    advice: 'Write names without spaces and separators, and each only once.',
  },
  'request-extensions': {
    what: 'Sec-WebSocket-Extensions of the request breaks its grammar.',
    advice: 'Write it as name; parameter=value, with a token for each of them.',
  },
  'request-origin-repeated': {
    what: 'The request has more than one Origin header.',
    advice: 'Send it once; look for a proxy that adds its own.',
  },
  'connect-malformed': {
    what: 'The pseudo-headers are not those of an Extended CONNECT.',
    advice:
      'Send :method CONNECT, :protocol, :scheme http or https, :authority and :path, and neither Connection nor Upgrade.',
  },
  'connect-protocol': {
    what: 'The Extended CONNECT asks for another protocol than websocket.',
    advice: 'Send :protocol websocket.',
  },
  'origin-refused': {
    what: 'Pages of this origin may not connect.',
    advice: "Add the page's origin to the server's list, or serve the page from the same host.",
  },
  'version-unchecked': {
    what: 'The server accepts a WebSocket version that does not exist.',
    advice: 'Refuse everything but version 13 with 426 and Sec-WebSocket-Version: 13.',
  },
  'version-unnamed': {
    what: 'The server refuses another version without naming its own.',
    advice: 'Answer a wrong version with 426 and Sec-WebSocket-Version: 13.',
  },
  'origin-unchecked': {
    what: "A page of any site may connect in its visitor's name.",
    advice:
      'Compare Origin with a list of your own pages, unless the endpoint is meant for everybody and uses no cookies.',
  },
  'compression-declined': {
    what: 'The server does not compress (permessage-deflate was offered and not accepted).',
    advice: 'Nothing to do; turn it on at the server if long texts are sent.',
  },
  'http2-ready': {
    what: 'The server also takes WebSockets over HTTP/2.',
    advice: 'Nothing to do: browsers use it by themselves.',
  },
  'http2-without-websocket': {
    what: 'The server speaks HTTP/2 and takes WebSockets over HTTP/1.1 only.',
    advice: 'Nothing to do: browsers open a connection of their own for WebSockets.',
  },
};
