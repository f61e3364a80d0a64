// The lab's page and its server are built together and never import each other: what one says is
// held here against what the other understands.
import { describe, expect, expectTypeOf, test } from 'vitest';

import type { LabEvent, LabRequest } from '../packages/pairwire/src/lab/messages.ts';
import type * as page from '../packages/web/src/lab/lab-events.ts';
import { read } from './source-files.ts';

describe('the messages of the lab', () => {
  test('are the same in the server and in the page', () => {
    // Equal, not only assignable: of fields that may be missing, too.
    expectTypeOf<Plain<LabEvent>>().toEqualTypeOf<Plain<page.LabEvent>>();
    expectTypeOf<Plain<OnWire<LabRequest>>>().toEqualTypeOf<Plain<page.LabRequest>>();
  });

  test('have one subprotocol', () => {
    const name = /'pairwire\.lab\.\d+'/;
    const [inPage] = name.exec(read('packages/web/src/lab/lab-session.ts')) ?? [];
    const [inServer] = name.exec(read('packages/pairwire/src/lab/messages.ts')) ?? [];
    expect(inPage).toBe(inServer);
    expect(inPage).toBeDefined();
  });
});

/** As JSON: bytes in hexadecimal. */
type OnWire<Request> = Request extends unknown
  ? { [Key in keyof Request]: Request[Key] extends Uint8Array | undefined ? string : Request[Key] }
  : never;

/** The same fields, however the type was put together. */
type Plain<T> = T extends object ? { [Key in keyof T]: Plain<T[Key]> } : T;
