/** The classes are the interfaces that the standard declares (WebIDL §3.7, "Interfaces"). */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as engine from '@pairwire/websocket';
import { errorOf } from './helpers.ts';
import { parseIdl } from './idl.ts';

const IDL = readFileSync(new URL('fixtures/websockets.idl', import.meta.url), 'utf8');

type Class = (new (...parameters: unknown[]) => object) & { readonly prototype: object };

/** What setting a read-only attribute comes to in strict code. */
function notThere(): never {
  throw new TypeError('there is no setter');
}

function classOf(name: string): Class {
  return Reflect.get({ EventTarget, Event, DOMException, ...engine }, name) as Class;
}

describe.each(parseIdl(IDL))('idlharness: $name', (idl) => {
  const { name, parent, required, attributes, constants, operations } = idl;
  const target = classOf(name);

  test('is a class with the name and length of the interface', () => {
    expect(target.name).toBe(name);
    expect(target.length).toBe(required);
    expect(() => Reflect.apply(target, undefined, ['ws://127.0.0.1:1/'])).toThrow(TypeError);
    expect(Object.getOwnPropertyDescriptor(target, 'prototype')).toMatchObject({
      writable: false,
      enumerable: false,
      configurable: false,
    });
  });

  test('inherits as the interface does', () => {
    const base = parent === undefined ? Function.prototype : classOf(parent);
    expect(Object.getPrototypeOf(target)).toBe(base);
    expect(Object.getPrototypeOf(target.prototype)).toBe(
      parent === undefined ? Object.prototype : classOf(parent).prototype,
    );
  });

  test('throws a TypeError when a required argument is missing', () => {
    const missing = Array.from({ length: required }, (_, given) => Array(given).fill('x'));
    expect(missing).toHaveLength(required);
    for (const parameters of missing) {
      expect(() => new target(...parameters)).toThrow(TypeError);
    }
  });

  test('has its name as Symbol.toStringTag', () => {
    expect(Object.getOwnPropertyDescriptor(target.prototype, Symbol.toStringTag)).toEqual({
      value: name,
      writable: false,
      enumerable: false,
      configurable: true,
    });
  });

  test.each(attributes)('attribute $name is an accessor on the prototype', async (attribute) => {
    const found = Object.getOwnPropertyDescriptor(target.prototype, attribute.name);
    expect(found).toMatchObject({ enumerable: true, configurable: true });
    expect(found?.get?.name).toBe(`get ${attribute.name}`);
    expect(found?.get?.length).toBe(0);
    expect(found?.set?.name).toBe(attribute.readonly ? undefined : `set ${attribute.name}`);
    for (const wrong of [{}, target.prototype]) {
      const set = () => (found?.set === undefined ? notThere() : found.set.call(wrong, 'x'));
      expect(set).toThrow(TypeError);
      // What gives a promise gives a rejected one (WebIDL §3.7.6); `await` tells it from a throw.
      let given: unknown;
      const get = () => (given = found?.get?.call(wrong));
      expect(errorOf(get)).toBe(attribute.isPromise ? undefined : 'TypeError');
      await expect(attribute.isPromise ? given : Promise.reject(new TypeError())).rejects.toThrow(
        TypeError,
      );
    }
  });

  test.each(operations)('operation $name is a method of $required or more', (operation) => {
    const found = Object.getOwnPropertyDescriptor(target.prototype, operation.name);
    expect(found).toMatchObject({ enumerable: true, configurable: true, writable: true });
    const method = found?.value as (...parameters: unknown[]) => unknown;
    expect([method.name, method.length]).toEqual([operation.name, operation.required]);
    expect(() => method.call({}, 'x')).toThrow(TypeError);
  });

  test('has the constants on the class and on the prototype', () => {
    for (const [constant, value] of Object.entries(constants)) {
      for (const owner of [target, target.prototype]) {
        expect(Object.getOwnPropertyDescriptor(owner, constant)).toEqual({
          value,
          writable: false,
          enumerable: true,
          configurable: false,
        });
      }
    }
  });

  test('shows nothing beside them', () => {
    const members = [...attributes, ...operations].map((member) => member.name);
    const expected = [...members, ...Object.keys(constants)];
    expect(Object.keys(target.prototype).toSorted()).toEqual(expected.toSorted());
    expect(Object.keys(target).toSorted()).toEqual(Object.keys(constants).toSorted());
  });
});
