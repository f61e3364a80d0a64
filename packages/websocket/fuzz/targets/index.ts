import type { Target } from '../target.ts';
import { againstWs } from './against-ws.ts';
import { codec } from './codec.ts';
import { connection, deflate } from './connection.ts';
import { conversation } from './conversation.ts';
import { doctor } from './doctor.ts';
import { extensions } from './extensions.ts';
import { request } from './request.ts';
import { response } from './response.ts';
import { utf8 } from './utf8.ts';

export const TARGETS: readonly Target[] = [
  connection,
  deflate,
  codec,
  againstWs,
  conversation,
  utf8,
  request,
  response,
  extensions,
  doctor,
];
