/** Reads as much WebIDL as the fixture has. */

export interface IdlAttribute {
  readonly name: string;
  readonly readonly: boolean;
  readonly isPromise: boolean;
}

export interface IdlOperation {
  readonly name: string;
  /** Arguments that must be given; the `length` of the function. */
  readonly required: number;
}

export interface IdlInterface {
  readonly name: string;
  readonly parent: string | undefined;
  readonly required: number;
  readonly attributes: readonly IdlAttribute[];
  readonly constants: Readonly<Record<string, number>>;
  readonly operations: readonly IdlOperation[];
}

export function parseIdl(text: string): IdlInterface[] {
  const code = text.replaceAll(/\/\/.*$/gm, '');
  const interfaces = code.matchAll(/interface (\w+)(?: : (\w+))? \{([^]*?)\n\};/g);
  return [...interfaces].map(([, name = '', parent, body = '']) => parseBody(name, parent, body));
}

function parseBody(name: string, parent: string | undefined, body: string): IdlInterface {
  const attributes: IdlAttribute[] = [];
  const constants: Record<string, number> = {};
  const operations: IdlOperation[] = [];
  let required = 0;
  for (const member of body.split(';').map((part) => part.trim())) {
    const constant = /^const .* (\w+) = (\d+)$/.exec(member);
    const attribute = /^(readonly )?attribute (.*) (\w+)$/.exec(member);
    const operation = /^[\w<>]+ (\w+)\((.*)\)$/.exec(member);
    if (constant !== null) constants[constant[1] ?? ''] = Number(constant[2]);
    else if (attribute !== null) {
      const [, readonly, type = '', attributeName = ''] = attribute;
      const isPromise = type.startsWith('Promise<');
      attributes.push({ name: attributeName, readonly: readonly !== undefined, isPromise });
    } else if (member.startsWith('constructor(')) required = countRequired(member.slice(12, -1));
    else if (operation !== null) {
      operations.push({ name: operation[1] ?? '', required: countRequired(operation[2] ?? '') });
    } else if (member !== '') throw new Error(`not understood: ${member}`);
  }
  return { name, parent, required, attributes, constants, operations };
}

/** No type of the fixture has a comma outside of angle brackets. */
function countRequired(list: string): number {
  const types = list.replaceAll(/<[^>]*>/g, '');
  return types.split(',').filter((part) => part.trim() !== '' && !/^\s*optional\b/.test(part))
    .length;
}
